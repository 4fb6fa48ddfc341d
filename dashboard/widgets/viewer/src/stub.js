// Stands for packages that only write files to a disk, which a page has not.
export default {};
export const create = () => {
  throw new Error("not part of the viewer");
};
