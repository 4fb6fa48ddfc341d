// Whatever on this page names a finding lights up its region: one ear for all of it, wherever Streamlit has drawn it.
const ears = new WeakMap();

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  deafen(parentElement);
  const heard = (event) => {
    const named = event.target instanceof Element ? event.target.closest("button[data-finding]") : null;
    if (named) setTriggerValue("picked", named.dataset.finding);
  };
  document.addEventListener("click", heard);
  ears.set(parentElement, heard);
  return () => deafen(parentElement);
}

function deafen(parentElement) {
  document.removeEventListener("click", ears.get(parentElement));
  ears.delete(parentElement);
}
