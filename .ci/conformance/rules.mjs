// The rules of npm's graphql-eslint over the published schema and documents: what it recommends for both, and Relay's. What is
// switched off stands here with its reason. Run in a folder that holds schema.graphql and operations/.

import { ESLint } from "eslint";
import { parser, configs, rules } from "@graphql-eslint/eslint-plugin";

const off = "off";
const plugins = { "@graphql-eslint": { rules } };
const languageOptions = {
  parser,
  parserOptions: { graphQLConfig: { schema: "schema.graphql", documents: "operations/*.graphql" } },
};
const rulesOf = (...names) => Object.assign({}, ...names.map((name) => configs[name].rules));

const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: [
    { files: ["**/*.graphql"], plugins, languageOptions },
    {
      files: ["schema.graphql"],
      rules: {
        ...rulesOf("flat/schema-recommended", "flat/schema-relay"),
        // What is a value and no object has no identity: a payload, an edge, a page, what one may do, how an account stands.
        "@graphql-eslint/strict-id-in-types": off,
        // `nodes` stands beside `edges`, and lists that are always short are lists.
        "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false, withEdgeSuffix: true, shouldImplementNode: false }],
        // The closed list of `extensions.code`: no field has it, and clients want its type.
        "@graphql-eslint/no-unreachable-types": off,
      },
    },
    { files: ["operations/*.graphql"], rules: rulesOf("flat/operations-recommended") },
  ],
});

const results = await eslint.lintFiles(["schema.graphql", "operations/*.graphql"]);
let found = 0;
for (const { filePath, messages } of results) {
  for (const { line, ruleId, message } of messages) {
    found += 1;
    console.log(`FAILED  ${filePath.split("/").pop()}:${line} ${ruleId ?? ""} ${message}`);
  }
}
console.log(`${results.length} files, ${found} findings`);
process.exit(found ? 1 : 0);
