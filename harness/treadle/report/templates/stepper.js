// Steps through a picture with the keyboard or its buttons. Without this script all of it is shown at once.
(() => {
  const setUp = (stepper) => {
    if (stepper.dataset.ready) return;
    stepper.dataset.ready = "yes";
    const last = Number(stepper.dataset.last);
    const stage = stepper.querySelector(".stage");
    const where = stepper.querySelector(".where");
    const bodies = [...stepper.querySelectorAll("tbody")];
    const lines = [...stepper.querySelectorAll(".source li")];
    const file = stepper.querySelector(".source .file");
    let at = last;
    let all = true;
    stage.classList.add("ready");
    stepper.querySelector(".controls").hidden = false;

    const show = () => {
      for (const body of bodies) {
        const step = Number(body.dataset.step);
        body.classList.toggle("later", step > at);
        body.classList.toggle("now", !all && step === at);
      }
      const main = stage.querySelector(".picture:not(.extra)");
      const shown = all ? main.querySelector("tbody[data-decisive]") : main.querySelector(`tbody[data-step="${at}"]`);
      const fits = shown && file && shown.dataset.file === file.textContent;
      const ran = fits ? shown.dataset.lines.split(" ").filter(Boolean) : [];
      for (const line of lines) {
        line.classList.toggle("ran", ran.includes(String(line.value)));
        line.classList.toggle("last", ran.length > 0 && ran[ran.length - 1] === String(line.value));
      }
      where.textContent = all ? (last === 1 ? "1 step" : `all ${last} steps`) : `step ${at} of ${last}`;
      where.title = shown ? shown.dataset.told : "";
    };
    const go = (how) => {
      const before = at;
      all = false;
      at = { first: 0, back: Math.max(0, at - 1), on: Math.min(last, at + 1), last }[how];
      if (how === "last" || (how === "on" && before === last)) all = true;
      show();
      const now = stepper.querySelector("tbody.now");
      if (now) now.scrollIntoView({ block: "nearest" });
    };
    const switches = { compare: "comparing", callbacks: "callbacks" };
    const keys = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last" };
    stepper.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in keys)) return;
      event.preventDefault();
      go(keys[event.key]);
    });
    stepper.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-go]");
      if (!button) return;
      const style = switches[button.dataset.go];
      if (style) button.setAttribute("aria-pressed", String(stage.classList.toggle(style)));
      else go(button.dataset.go);
    });
    show();
  };
  window.treadleStepper = setUp;
  document.querySelectorAll(".treadle.stepper").forEach(setUp);
})();
