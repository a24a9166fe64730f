// What a person does in a panel reaches the kernel in the order in which it was done, and is answered.
//
// While the kernel has not answered a widget's last value, the page holds its next one back; whatever another widget
// has to say meanwhile, such as that a button was pressed, would overtake it: the kernel would act on half a word, or
// on the rows that were selected before. Here, what is held back is sent before anything else is.

const KEPT = Symbol.for("netpol-workbench: in order");
const held = new Set(); // models, the one that has waited longest first
let isReleasing = false;

function owner(object, method) {
  while (object && !Object.hasOwn(object, method)) object = Object.getPrototypeOf(object);
  return object;
}

function wrap(object, method, make) {
  const found = owner(object, method);
  if (!found || found[method][KEPT]) return;
  found[method] = make(found[method], found);
  found[method][KEPT] = true;
}

function release(comm, isUpdate) {
  for (const model of [...held]) {
    const isItself = model.comm === comm;
    held.delete(model);
    if (isItself && isUpdate) return; // it was its turn anyway, and those that came after it wait on
    const [state, callbacks] = [model._msg_buffer, model._msg_buffer_callbacks];
    if (!state || !model.comm_live) continue;
    model._msg_buffer = model._msg_buffer_callbacks = null;
    model.rememberLastUpdateFor(model.send_sync_message(state, callbacks));
  }
}

function keepOrder(model) {
  wrap(model, "sync", (sync) => function (...given) {
    const result = sync.apply(this, given);
    if (this._msg_buffer) held.add(this);
    return result;
  });
  wrap(model.comm, "send", (send) => function (data, ...more) {
    if (!isReleasing) {
      isReleasing = true;
      try {
        release(this, data?.method === "update");
      } finally {
        isReleasing = false;
      }
    }
    return send.call(this, data, ...more);
  });
}

// A widget of anywidget that takes more than two seconds to load, on a machine that is busy, is shown all the same; but
// whatever the kernel has to say to it would be dropped from then on: a table would stay as it is, a file never come.
const SLOW = "Failed to initialize model";

function keepListening(model) {
  wrap(model, "_handle_comm_msg", (handle, found) => async function (...given) {
    try {
      return await handle.apply(this, given);
    } catch (error) {
      if (!String(error?.message).includes(SLOW)) throw error;
      return Object.getPrototypeOf(found)._handle_comm_msg.apply(this, given);
    }
  });
}

function initialize({ model }) {
  // Nothing waits for it: its own two seconds have begun.
  model.widget_manager.get_model(model.get("own")).then((found) => {
    if (!found.comm) return; // a page that was saved
    keepOrder(found);
    keepListening(found);
  });
}

export default { initialize };
