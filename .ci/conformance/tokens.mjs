// Signs in everyone who stands on a line of standard input ("address password"), as far as the limit of sign-ins from one
// address lets it; prints their access tokens as JSON.

import { createInterface } from "node:readline";
import { signIn } from "./api.mjs";

const tokens = [];
for await (const guest of createInterface({ input: process.stdin })) {
  process.env.DIPOLI_GUEST = guest;
  const signedIn = await signIn("DIPOLI_GUEST");
  if (signedIn) tokens.push(signedIn.accessToken);
}
console.log(JSON.stringify(tokens));
