// The page to play with: it sends the source to a worker, in which Python runs, and shows what comes back.

const at = (name) => document.getElementById(`play-${name}`);
let worker = null;

function start() {
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => (data.status ? tell(data.status) : show(data));
  worker.onerror = () => end("Pyodide is missing, or this page was opened as a file: see below.");
}

function tell(text) {
  at("status").textContent = text;
}

function end(text) {
  tell(text);
  at("stop").disabled = true;
}

function show({ problem, table, cases, told }) {
  end(problem || told);
  at("table").innerHTML = table || "";
  at("cases").replaceChildren(...(cases || []).map(one));
}

// A counterexample folds open. It has scripts of its own, so it stands in a frame.
function one({ property, sentence, page }) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = `${property}: ${sentence}`;
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (details.querySelector("iframe")) return;
    const frame = document.createElement("iframe");
    frame.title = `the shortest run that violates ${property}`;
    frame.srcdoc = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${property}</title>${page}</html>`;
    details.append(frame);
  });
  return details;
}

at("source").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("form").requestSubmit();
});

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!worker) start();
  at("stop").disabled = false;
  tell("judging ...");
  worker.postMessage({ source: at("source").value, events: Number(at("events").value) });
});

at("stop").addEventListener("click", () => {
  worker.terminate();
  worker = null;
  end("stopped");
});
