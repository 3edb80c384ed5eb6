// What the suites share: signing in to the demo, and asking it something.

export const url = process.env.DIPOLI_URL;

/** Posts a body; gives status, headers and the text of the answer. */
export async function post(body, { token, headers } = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Signs in as the demo's guest in this variable ("address password"); gives the tokens. */
export async function signIn(variable) {
  const [email, password] = process.env[variable].split(" ");
  const query =
    "mutation($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken viewer { person { id } } } }";
  const { text } = await post({ query, variables: { input: { email, password } } });
  return JSON.parse(text).data.signIn;
}

/** Runs named checks one after the other; ends the process with 1 where one of them failed. */
export async function check(checks) {
  let failed = 0;
  for (const [name, run] of Object.entries(checks)) {
    try {
      await run();
      console.log(`ok      ${name}`);
    } catch (fault) {
      failed += 1;
      console.log(`FAILED  ${name}\n        ${fault.message ?? fault}`);
    }
  }
  console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
