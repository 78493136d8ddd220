// Python in a worker: loads Pyodide and Treadle once, and judges what it is sent.

const site = new URL("../../", import.meta.url);
let judge = null;

async function load() {
  postMessage({ status: "loading Python ..." });
  const { loadPyodide } = await import(new URL("pyodide/pyodide.mjs", site));
  const python = await loadPyodide({ indexURL: new URL("pyodide/", site).href });
  postMessage({ status: "loading Treadle ..." });
  const packed = await fetch(new URL("pyodide/treadle.zip", site));
  python.unpackArchive(await packed.arrayBuffer(), "zip", { extractDir: "/treadle" });
  const program = await (await fetch(new URL("judging.py", import.meta.url))).text();
  python.runPython(program);
  return python.globals.get("judge");
}

onmessage = async ({ data }) => {
  try {
    judge ??= await load();
  } catch (error) {
    postMessage({ problem: `Pyodide is missing, or could not be loaded: see below. (${error.message})` });
    return;
  }
  postMessage({ status: "judging ..." });
  postMessage(JSON.parse(judge(data.source, data.events)));
};
