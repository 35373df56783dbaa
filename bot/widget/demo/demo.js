/* Puts this server's address into the code to copy, and copies it. */
(() => {
  "use strict";
  const base = new URL("..", location.href);
  for (const code of document.querySelectorAll("code[id]")) {
    code.textContent = code.textContent.replaceAll("{base}", base.href).replaceAll("{origin}", base.origin);
  }
  const status = document.getElementById("copied");
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.addEventListener("click", async () => {
      const code = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(code.textContent);
        status.textContent = "Copied.";
      } catch {
        getSelection().selectAllChildren(code);
        status.textContent = "The code is marked. Copy it with your keyboard.";
      }
    });
  }
})();
