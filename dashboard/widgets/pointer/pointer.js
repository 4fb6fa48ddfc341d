// Whatever on this page names a finding lights up its region: one ear for all of it, wherever Streamlit has drawn it.
const ears = new WeakMap();

export default function ({ parentElement, setTriggerValue }) {
  let ear = ears.get(parentElement);
  if (!ear) {
    ear = { heard: (event) => ear.tell(finding(event.target)) };
    document.addEventListener("click", ear.heard);
    ears.set(parentElement, ear);
  }
  ear.tell = (named) => named && setTriggerValue("picked", named);
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected) return; // only this call of Streamlit is over, not the page
      document.removeEventListener("click", ear.heard);
      ears.delete(parentElement);
    });
}

function finding(clicked) {
  return clicked instanceof Element ? clicked.closest("button[data-finding]")?.dataset.finding : undefined;
}
