// What scanners of the graphql-cop kind try, and what a hostile client would: each must be refused in few words, quickly,
// and without a word of the server's own.

import assert from "node:assert/strict";
import { check, post, signIn, url } from "./api.mjs";

const { accessToken: token } = await signIn("DIPOLI_PARTICIPANT");
const ask = (query, options = {}) => post({ query }, { token, ...options });

/** The codes of a refusal, which holds no data and is short. */
function codes({ text }) {
  assert.ok(text.length < 4096, `${text.length} bytes`);
  const { data, errors } = JSON.parse(text);
  assert.equal(data, undefined, text.slice(0, 200));
  return errors.map((error) => error.extensions.code);
}

const tooComplex = async (query, limit) => {
  const started = performance.now();
  const answer = await ask(query);
  const took = performance.now() - started;
  assert.deepEqual(codes(answer), ["QUERY_TOO_COMPLEX"]);
  const { limit: told, counted, most } = JSON.parse(answer.text).errors[0].extensions;
  assert.equal(told, limit);
  assert.ok(counted > most, `${counted} counted, ${most} allowed`);
  assert.ok(took < 500, `${took} ms`);
};

const fragments = (n, spreads) =>
  `query { ...F0 } ${[...Array(n).keys()]
    .map((i) => `fragment F${i} on Query { ${i + 1 < n ? `...F${i + 1} `.repeat(spreads) : "__typename"} }`)
    .join(" ")}`;

await check({
  "101 aliases": () => tooComplex(`{ ${[...Array(101).keys()].map((i) => `a${i}: __typename`).join(" ")} }`, "aliases"),
  "500 duplicate fields": () => tooComplex(`{ ${"__typename ".repeat(501)} }`, "fields"),
  "1,000 duplicate fields": () => tooComplex(`{ ${"__typename ".repeat(1000)} }`, "tokens"),
  "60 fragments that double": () => tooComplex(fragments(60, 2), "fragments"),
  "20 fragments that double": () => tooComplex(fragments(20, 2), "fields"),
  "2,000 operations": () => tooComplex([...Array(2000).keys()].map((i) => `query A${i}{__typename}`).join(""), "documentBytes"),
  "directives without end": () => tooComplex(`{ __typename ${"@include(if: true)".repeat(10)} }`, "directivesPerField"),
  "unknown directives without end": () => tooComplex(`{ __typename${"@aa".repeat(10)} }`, "directivesPerField"),
  "depth by inline fragments": () => tooComplex(`${"{ ... on Query ".repeat(100)}{ __typename }${"}".repeat(100)}`, "nesting"),
  "circular introspection": () =>
    tooComplex(`{ __schema { types { ${"fields { type { ".repeat(4)}name${" } }".repeat(4)} } } }`, "schemaLists"),
  "a circle of fragments": async () =>
    assert.deepEqual(codes(await ask("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }")), [
      "QUERY_TOO_COMPLEX",
    ]),
  "a batch": async () => {
    const answer = await post([{ query: "{ __typename }" }, { query: "{ __typename }" }], { token });
    assert.equal(answer.status, 400);
  },
  "two sign-ins in one document": async () => {
    const one = 'signIn(input: {email: "a@example.org", password: "x"}) { accessToken }';
    assert.deepEqual(codes(await ask(`mutation { a: ${one} b: ${one} }`)), ["QUERY_TOO_COMPLEX"]);
  },
  "no suggestion, no echo": async () => {
    for (const query of ["{ viewr { language } }", "{ viewer { languag } }", "query canary {", "{ __typename @canary }"]) {
      const { text } = await ask(query);
      assert.ok(!/did you mean|canary|viewr|languag\b/i.test(text), text);
    }
  },
  "no query by GET, no mutation by GET, no form": async () => {
    for (const query of ["{__typename}", "mutation{signOut{signedOut}}"]) {
      const response = await fetch(`${url}?query=${encodeURIComponent(query)}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"]);
    }
    for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]) {
      const answer = await post("query=%7B__typename%7D", { token, headers: { "content-type": type } });
      assert.equal(answer.status, 415, type);
    }
  },
  "no schema for strangers": async () => {
    const answer = await post({ query: "{ __schema { queryType { name } } }" });
    assert.equal(answer.status, 401);
  },
  "no trace, no debug": async () => {
    const { text } = await ask("queryy { __typename }");
    assert.ok(!/exception|trace|debug|stack/i.test(text), text);
    const answer = await ask("{ __typename }", { headers: { "x-apollo-tracing": "1" } });
    assert.equal(answer.text, '{"data":{"__typename":"Query"}}');
  },
  "headers": async () => {
    const { headers } = await ask("{ __typename }", { headers: { "x-request-id": "abuse-1" } });
    assert.equal(headers.get("x-request-id"), "abuse-1");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("access-control-allow-origin"), null);
    assert.equal(headers.get("server"), null);
  },
});
