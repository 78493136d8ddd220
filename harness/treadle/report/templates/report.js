// Filters, and the window behind a cell. Addresses such as #docs-example/lost open a cell.
(() => {
  const marks = { v: "✗", h: "✓", n: "–", o: "?", u: "⊘", "-": "" };
  const verdicts = { v: "violated", h: "holds", n: "not exercised", o: "no violation found", u: "unsupported", "-": "not judged" };

  for (const part of document.querySelectorAll(".part")) {
    const form = part.querySelector(".filters");
    const situations = part.dataset.situations.split(" ");
    const cells = [...part.querySelectorAll("td.cell")];
    const table = part.querySelector(".verdicts");
    for (const cell of cells) {
      const button = cell.firstElementChild;
      cell.dataset.own = cell.className.match(/cell (\w)/)[1];
      cell.dataset.mark = button.textContent;
      cell.dataset.label = button.getAttribute("aria-label");
      cell.dataset.title = cell.title;
    }
    const filter = () => {
      const wanted = Object.fromEntries(new FormData(form));
      const place = situations.indexOf(wanted.situation);
      let matches = 0;
      for (const row of part.querySelectorAll("tbody tr")) {
        let any = false;
        for (const cell of row.querySelectorAll("td.cell")) {
          const letter = place < 0 ? cell.dataset.own : cell.dataset.letters[place];
          const button = cell.firstElementChild;
          cell.classList.remove("v", "h", "n", "o", "u", "-");
          cell.classList.add(letter);
          const told = `${row.dataset.candidate}, ${cell.dataset.property}, ${wanted.situation}: ${verdicts[letter]}`;
          button.textContent = place < 0 ? cell.dataset.mark : marks[letter];
          button.setAttribute("aria-label", place < 0 ? cell.dataset.label : told);
          cell.title = place < 0 ? cell.dataset.title : told;
          const away = Boolean(wanted.verdict) && letter !== wanted.verdict;
          const gone = Boolean(wanted.property) && cell.dataset.property !== wanted.property;
          cell.classList.toggle("away", away);
          cell.classList.toggle("gone", gone);
          any = any || (!away && !gone);
        }
        const named = row.dataset.candidate.includes(wanted.candidate.trim().toLowerCase());
        row.classList.toggle("gone", !named || !any);
        if (named && any) matches += 1;
      }
      for (const head of part.querySelectorAll("th.property")) {
        head.classList.toggle("gone", Boolean(wanted.property) && head.dataset.property !== wanted.property);
      }
      table.style.setProperty("--columns", wanted.property ? 1 : part.querySelectorAll("th.property").length);
      form.querySelector(".matches").textContent = `${matches} of ${part.querySelectorAll("tbody tr").length} candidates`;
    };
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(filter));
    filter();
  }

  const dialog = document.querySelector("dialog.detail");
  const templates = new Map([...document.querySelectorAll("template[data-anchor]")].map((each) => [each.dataset.anchor, each]));
  const open = (anchor) => {
    const template = templates.get(anchor);
    if (!template) return;
    dialog.firstElementChild.replaceChildren(template.content.cloneNode(true));
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    dialog.querySelectorAll(".stepper").forEach(window.treadleStepper);
    const stepper = dialog.querySelector(".stepper");
    (stepper || dialog.querySelector(".close")).focus({ preventScroll: true });
    history.replaceState(null, "", `#${anchor}`);
  };
  dialog.addEventListener("close", () => {
    const button = document.querySelector(`button[data-open="${CSS.escape(decodeURI(location.hash.slice(1)))}"]`);
    history.replaceState(null, "", location.pathname + location.search);
    if (button) button.focus();
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("button[data-open]");
    if (opener) open(opener.dataset.open);
    if (event.target.closest("button.close") || event.target === dialog) dialog.close();
  });
  const fromAddress = () => open(decodeURIComponent(location.hash.slice(1)));
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
})();
