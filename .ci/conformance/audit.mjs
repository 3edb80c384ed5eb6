// The GraphQL-over-HTTP audit of npm's graphql-http. Its requests carry a token: some of them ask for the schema, which is
// told to signed-in viewers alone (docs/api.md). What it only notices is that GET is not taken.

import { serverAudits } from "graphql-http";
import { signIn, url } from "./api.mjs";

// MAY accept GET: this server takes POST alone, so that there is no request which a foreign page could send (G-05).
const POST_ONLY = ["5A70", "D6D5", "6A70"];

const { accessToken } = await signIn("DIPOLI_PARTICIPANT");
const fetchFn = (target, init = {}) =>
  fetch(target, { ...init, headers: { ...init.headers, authorization: `Bearer ${accessToken}` } });

const counts = { ok: 0, notice: 0, warn: 0, error: 0 };
let unexpected = 0;
for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn();
  counts[result.status] += 1;
  if (result.status === "ok") continue;
  const expected = result.status === "notice" && POST_ONLY.includes(audit.id);
  unexpected += expected ? 0 : 1;
  console.log(`${expected ? "known " : "FAILED"}  ${result.status} ${audit.id} ${audit.name}: ${result.reason}`);
}
console.log(JSON.stringify(counts));
process.exit(unexpected ? 1 : 0);
