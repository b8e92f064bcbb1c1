// Runs the test functions of one portable file in a 32-bit MicroPython: node run.mjs ROOT MODULE NAME...
// The interpreter (WebAssembly) has 31-bit small integers and 32-bit pointers, as a microcontroller has; it has no sockets and no littlefs.
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";
import fs from "node:fs";
import path from "node:path";

const [root, module, ...names] = process.argv.slice(2);

/** Copy the Python files below a folder of the host into the interpreter's file system. */
function copy(FS, from, to) {
  FS.mkdirTree(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    if (entry.isDirectory() && !["__pycache__", "node_modules"].includes(entry.name)) copy(FS, source, `${to}/${entry.name}`);
    else if (entry.name.endsWith(".py")) FS.writeFile(`${to}/${entry.name}`, fs.readFileSync(source));
  }
}

const lines = [];
const port = await loadMicroPython({ heapsize: 512 * 1024, stdout: (line) => lines.push(line), stderr: (line) => lines.push(line), linebuffer: true });
copy(port.FS, path.join(root, "firmware"), "/tests/firmware");
copy(port.FS, path.join(root, "boards"), "/tests/boards");
copy(port.FS, path.join(root, "tools", "sim", "chips"), "/tests/tools/sim/chips");
copy(port.FS, path.join(root, "host_tests", "port32", "shim"), "/tests/shim");
for (const folder of ["unit", "faults"]) copy(port.FS, path.join(root, "host_tests", folder), `/tests/host_tests/${folder}`);
for (const name of fs.readdirSync(path.join(root, "host_tests")).filter((name) => name.endsWith(".py")))
  port.FS.writeFile(`/tests/host_tests/${name}`, fs.readFileSync(path.join(root, "host_tests", name)));
let status = 0;
try {
  port.runPython(`
import os, sys
os.chdir("/tests")
sys.path[:] = ["/tests/host_tests", "/tests/shim", "/tests/firmware", "/tests", ".frozen"]
sys.argv[:] = ${JSON.stringify(["micropython_driver.py", module, ...names])}
exec(open("/tests/host_tests/micropython_driver.py").read())
`);
} catch (error) {
  lines.push(String(error));
  status = 1;
}
process.stdout.write(lines.join("\n") + "\n");
process.exitCode = status;
