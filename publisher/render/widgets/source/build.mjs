// Makes ../vendor of the packages that package-lock.json pins: `make widgets`.
import { build } from "esbuild";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const out = process.argv[2];
const licences = ["// Licences of the packages in widgets.js, widgets.css and the fonts"];

// What html-manager brings and pages do not use: Node's modules, and a parser of style sheets, which
// sanitize-html has for `style` attributes: a list of declarations will do.
const STYLES = `exports.parse = (css) => ({
  nodes: [{ nodes: [...css.slice(css.indexOf("{") + 1, -1).matchAll(/([\\w-]+)\\s*:\\s*([^;]+)/g)].map(([, prop, value]) => ({ prop, value })) }],
});`;
const EMPTY = ["fs", "path", "url", "postcss", "source-map-js"];
const empty = {
  name: "empty",
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(?:${EMPTY.join("|")})$`) }, ({ path }) => ({ path, namespace: "empty" }));
    build.onLoad({ filter: /.*/, namespace: "empty" }, ({ path }) => ({ contents: path === "postcss" ? STYLES : "" }));
  },
};

await rm(out, { recursive: true, force: true });
const result = await build({
  entryPoints: { widgets: "entry.js" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  metafile: true,
  legalComments: "none",
  assetNames: "[name]-[hash]",
  loader: { ".svg": "dataurl", ".woff2": "file" },
  define: { "process.env.NODE_ENV": '"production"', "process.env": "{}", global: "window" },
  plugins: [empty],
  logLevel: "warning",
});

const folders = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const found = input.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/);
  if (found) folders.add(found[0]);
}
for (const folder of [...folders].sort()) {
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
  let text = "";
  for (const file of ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENSE-MIT.txt", "license", "license.md"])
    text ||= await readFile(`${folder}/${file}`, "utf8").catch(() => "");
  text ||= await readFile("LICENSE.jupyter.txt", "utf8"); // of packages that come without their own
  licences.push(`${"=".repeat(80)}\n${name} ${version} (${license})\n${"=".repeat(80)}\n\n${text.trim()}`);
}
await writeFile(`${out}/LICENSE.txt`, `${licences.join("\n\n").slice(3)}\n`);
