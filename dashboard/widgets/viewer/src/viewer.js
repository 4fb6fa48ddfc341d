// The film viewer. Streamlit calls the default export at each rerun; what a person set up here stays until they leave.
import { Board } from "./board.js";

const boards = new WeakMap();

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  let board = boards.get(parentElement);
  if (!board) {
    board = new Board(parentElement.querySelector(".viewer"));
    boards.set(parentElement, board);
  }
  board.pick = (code) => setTriggerValue("picked", code);
  board.cannot = () => setStateValue("drawable", false);
  board.update(data);
  return () =>
    setTimeout(() => {
      if (board.root.isConnected) return; // only this call of Streamlit is over, not the viewer
      board.close();
      boards.delete(parentElement);
    });
}
