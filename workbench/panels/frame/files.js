// A button that asks the kernel for a file when it is pressed, and saves it or puts it into the clipboard.

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure connection there is no clipboard object.
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

function save(name, bytes) {
  const address = URL.createObjectURL(new Blob([bytes]));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "lm-Widget jupyter-widgets jupyter-button widget-button nw-button";
  const named = () => {
    button.textContent = model.get("label");
    button.title = model.get("title");
  };
  named();
  model.on("change:label change:title", named);
  let isWaiting = false;
  button.addEventListener("click", () => {
    isWaiting = true;
    button.setAttribute("aria-busy", "true");
    model.send({ event: "press" });
  });
  const received = async (message, buffers) => {
    if (!isWaiting) return; // another view of the same button was pressed
    isWaiting = false;
    button.removeAttribute("aria-busy");
    if (message.error !== undefined) return;
    const bytes = buffers[0];
    if (model.get("way") === "copy") {
      await copy(new TextDecoder().decode(bytes));
      button.textContent = "Copied";
      setTimeout(named, 1500);
    } else {
      save(message.name, bytes);
    }
  };
  model.on("msg:custom", received);
  el.append(button);
  return () => model.off("msg:custom", received);
}

export default { render };
