// The client of npm's graphql-ws against the WebSocket, and a client without manners: each breach of graphql-transport-ws is
// closed with the protocol's code.

import assert from "node:assert/strict";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { check, post, signIn, url } from "./api.mjs";

const address = url.replace(/^http/, "ws");
const participant = await signIn("DIPOLI_PARTICIPANT");
const organizer = await signIn("DIPOLI_ORGANIZER");

const data = async (token, query, variables) => {
  const answer = JSON.parse((await post({ query, variables }, { token })).text);
  assert.ok(!answer.errors, JSON.stringify(answer.errors));
  return answer.data;
};
const upcoming = "{ viewer { upcomingSessions(first: 1) { nodes { id } } } }";
const [session] = (await data(participant.accessToken, upcoming)).viewer.upcomingSessions.nodes;
const seats = "{ viewer { memberships { nodes { role workingGroup { id } } } } }";
const { workingGroup } = (await data(organizer.accessToken, seats)).viewer.memberships.nodes.find(
  ({ role }) => role === "ORGANIZER",
);

const connect = (token = participant.accessToken) =>
  createClient({
    url: address,
    webSocketImpl: WebSocket,
    lazy: true,
    retryAttempts: 0,
    connectionParams: { Authorization: `Bearer ${token}` },
  });

/** The first results of a subscription, once `then` was done. */
async function first(client, query, variables, then) {
  const results = client.iterate({ query, variables });
  const next = results.next();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await then();
  const { value } = await next;
  await results.return();
  return value;
}

/** A socket that says what it is told to; gives the close that follows. */
function rude(messages, { protocol = "graphql-transport-ws", headers = {}, patience = 5_000 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, protocol, { headers });
    const timer = setTimeout(() => reject(new Error(`not closed after ${patience} ms`)), patience);
    socket.on("open", () => messages.forEach((m) => socket.send(typeof m === "object" && !(m instanceof Buffer) ? JSON.stringify(m) : m)));
    socket.on("close", (code, reason) => {
      clearTimeout(timer);
      resolve([code, reason.toString()]);
    });
    socket.on("error", (fault) => {
      clearTimeout(timer);
      reject(fault);
    });
  });
}

const init = { type: "connection_init", payload: { Authorization: `Bearer ${participant.accessToken}` } };
const posted = {
  id: "1",
  type: "subscribe",
  payload: { query: "subscription($id: ID!) { notePosted(sessionId: $id) { id } }", variables: { id: session.id } },
};

await check({
  "a query": async () => {
    const client = connect();
    const { value } = await client.iterate({ query: "{ viewer { person { displayName } } }" }).next();
    assert.ok(value.data.viewer.person.displayName);
    await client.dispose();
  },
  "an operation that is not valid": async () => {
    const client = connect();
    await assert.rejects(
      (async () => { for await (const _ of client.iterate({ query: "{ viewr }" })); })(),
      (errors) => errors[0].extensions.code === "BAD_USER_INPUT",
    );
    await client.dispose();
  },
  "a note that is posted, and where to go on after it": async () => {
    const body = `At ${Date.now()}`;
    const say = (body) =>
      data(participant.accessToken, "mutation($input: PostNoteInput!) { postNote(input: $input) { note { id } } }", {
        input: { sessionId: session.id, visibility: "GROUP", attribution: "NAMED", body },
      });
    const query =
      "subscription($id: ID!, $after: String) { notePosted(sessionId: $id, after: $after) { body arrivalCursor } }";
    const client = connect();
    const one = await first(client, query, { id: session.id }, () => say(body));
    assert.equal(one.data.notePosted.body, body);
    await say(`${body}, and more`);
    const after = one.data.notePosted.arrivalCursor;
    const two = await first(client, query, { id: session.id, after }, async () => {});
    assert.equal(two.data.notePosted.body, `${body}, and more`);
    await client.dispose();
  },
  "a session that is scheduled": async () => {
    const client = connect(organizer.accessToken);
    const told = await first(
      client,
      "subscription($id: ID!) { sessionChanged(workingGroupId: $id) { title } }",
      { id: workingGroup.id },
      () =>
        data(organizer.accessToken, "mutation($input: ScheduleSessionInput!) { scheduleSession(input: $input) { session { id } } }", {
          input: {
            workingGroupId: workingGroup.id,
            title: "Called at short notice",
            startsAt: "2099-01-05T09:00:00Z",
            endsAt: "2099-01-05T10:00:00Z",
          },
        }),
    );
    assert.equal(told.data.sessionChanged.title, "Called at short notice");
    await client.dispose();
  },
  "4400: what is no message": async () => {
    for (const said of ["", "x", "[]", "{}", { type: "start" }, { type: "complete" }, Buffer.from("{}")]) {
      assert.equal((await rude([init, said]))[0], 4400, String(said));
    }
    for (const id of ["", 1, undefined]) {
      assert.equal((await rude([init, { ...posted, id }]))[0], 4400, String(id));
    }
  },
  "4401: asked before the acknowledgement": async () => assert.equal((await rude([posted]))[0], 4401),
  "4403: no token, or none that is good": async () => {
    for (const payload of [undefined, {}, { Authorization: "Bearer x" }]) {
      assert.deepEqual(await rude([{ type: "connection_init", payload }]), [4403, "Forbidden"]);
    }
  },
  "4406: another subprotocol": async () => {
    await assert.rejects(rude([], { protocol: "graphql-ws" }), /subprotocol/i);
    assert.equal((await rude([], { protocol: [] }))[0], 4406);
  },
  "4408: no connection_init in ten seconds": async () => assert.equal((await rude([], { patience: 15_000 }))[0], 4408),
  "4409: an id twice": async () =>
    assert.deepEqual(await rude([init, posted, posted]), [4409, "Subscriber for 1 already exists"]),
  "4429: connection_init twice": async () => assert.equal((await rude([init, init]))[0], 4429),
  "1009: more than 64 KiB": async () => assert.equal((await rude([init, "x".repeat(65 * 1024)]))[0], 1009),
  "403: a page from elsewhere": () =>
    assert.rejects(rude([], { headers: { origin: "https://elsewhere.example" } }), /403/),
  "4401: signed out": async () => {
    const { accessToken } = await signIn("DIPOLI_PARTICIPANT");
    const closed = rude([{ type: "connection_init", payload: { Authorization: `Bearer ${accessToken}` } }], {
      patience: 8_000,
    });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await data(accessToken, "mutation { signOut { signedOut } }");
    assert.equal((await closed)[0], 4401);
  },
});
