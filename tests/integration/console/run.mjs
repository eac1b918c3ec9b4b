// Runs console.test.mjs: against ISTHMUS_URL if it is set, else against a program whose output names its URL first of all, and
// which ends with its standard input, or in order on SIGINT.
//   node run.mjs PROGRAM [ARGUMENT ...]
// Ends with 77 where it cannot run, and says why.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));

function notRun(why) {
  console.log(`console: not run: ${why}`);
  process.exit(77);
}

if (!existsSync("/usr/bin/chromium")) notRun("the package chromium is not installed");
if (!existsSync(`${folder}/node_modules/playwright-core`)) {
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder, stdio: "inherit" });
  if (status !== 0) notRun("npm could not fetch playwright-core");
}

let url = process.env.ISTHMUS_URL, program = null;
if (!url) {
  const [command, ...rest] = process.argv.slice(2);
  program = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  url = await new Promise((resolve, reject) => {
    let output = "";
    program.stdout.on("data", (text) => {
      output = output.slice(0, 1000) + text;
      const found = output.match(/http:\/\/[^\s/]+(?=[\s/])/);
      if (found) resolve(found[0]);
    });
    program.once("exit", (code) => reject(new Error(`${command} ended with ${code}`)));
  });
}
const test = spawn(process.execPath, ["--test", "--test-reporter=spec", `${folder}/console.test.mjs`],
  { stdio: "inherit", env: { ...process.env, ISTHMUS_URL: url } });
test.once("exit", (code) => {
  process.exitCode = code ?? 1;
  program?.once("exit", (ended) => {
    if (ended) console.log(`console: ${program.spawnfile} ended with ${ended}`);
    process.exitCode ||= ended ?? 0;
  });
  program?.stdin.end();
  program?.kill("SIGINT");
});
