// Buttons that copy the code beside them.
document.addEventListener("click", async (event) => {
  const copy = event.target.closest("button.copy");
  if (!copy) return;
  const code = copy.parentElement.querySelector("code");
  let done = true;
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch { // a page opened as a file may not be allowed to: select it, so that one key copies it
    getSelection().selectAllChildren(code);
    done = document.execCommand("copy");
  }
  copy.textContent = done ? "copied" : "selected";
  setTimeout(() => { copy.textContent = "copy"; }, 1500);
});
