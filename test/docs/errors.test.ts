/** docs/errors.md is the catalogue of `src/error.ts`. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../../src/error.ts";

const page = `# Error codes

*This page is generated from the catalogue in \`src/error.ts\`; a test fails when it is stale.*

Everything that Signaled refuses or that fails rejects with a \`TransitionError\`. Its \`code\` is one of these; \`participant\`,
\`callback\`, \`subject\`, \`file\`, \`line\`, \`section\` and \`option\` name the place where they are known, \`problems\` lists
everything found, \`cause\` is what was thrown.

| code | meaning |
|---|---|
${Object.entries(ERROR_CODES)
  .map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  .join("\n")}
`;

test("docs/errors.md is the catalogue", () => {
  const file = new URL("../../docs/errors.md", import.meta.url);
  if (process.env["UPDATE"] !== undefined) writeFileSync(file, page);
  else expect(readFileSync(file, "utf8"), "run UPDATE=1 npx vitest run test/docs to generate it").toBe(page);
});
