// Writes src/api/schema.d.ts from the API's OpenAPI document; with --check it only says whether that is what is there.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const here = new URL("../", import.meta.url);
const target = new URL("src/api/schema.d.ts", here);
const text = `// Generated from the API's OpenAPI document by \`npm run types\`; do not edit.\n${astToString(await openapiTS(new URL("../../../schemas/openapi.yaml", here)))}`;
if (!process.argv.includes("--check")) {
  await writeFile(target, text);
} else if ((await readFile(target, "utf8")) !== text) {
  console.error("src/api/schema.d.ts is not what the OpenAPI document says: npm run types");
  process.exit(1);
}
