// What a client in Relay would want of the API: pages in both directions, an object fetched again by its id, a list that
// a mutation's payload is put into, and a subscription. It is compiled, never run.

import { graphql } from "relay-runtime";

export const query = graphql`
  query DialogueQuery($group: ID!, $session: ID!) {
    group: node(id: $group) {
      ... on WorkingGroup {
        ...Dialogue_sessions @alias
      }
    }
    session: node(id: $session) {
      ... on Session {
        ...Dialogue_notes @alias
      }
    }
  }
`;

export const sessions = graphql`
  fragment Dialogue_sessions on WorkingGroup
  @refetchable(queryName: "DialogueSessionsQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }) {
    sessions(first: $first, after: $after) @connection(key: "Dialogue_sessions") {
      edges {
        node {
          id
          title
        }
      }
    }
  }
`;

export const notes = graphql`
  fragment Dialogue_notes on Session
  @refetchable(queryName: "DialogueNotesQuery")
  @argumentDefinitions(last: { type: "Int", defaultValue: 20 }, before: { type: "String" }) {
    notes(last: $last, before: $before) @connection(key: "Dialogue_notes") {
      edges {
        node {
          id
          body
        }
      }
    }
  }
`;

export const post = graphql`
  mutation DialoguePostMutation($input: PostNoteInput!, $connections: [ID!]!) {
    postNote(input: $input) {
      note @prependNode(connections: $connections, edgeTypeName: "NoteEdge") {
        id
        body
      }
    }
  }
`;

export const posted = graphql`
  subscription DialoguePostedSubscription($session: ID!) {
    notePosted(sessionId: $session) {
      id
      body
    }
  }
`;
