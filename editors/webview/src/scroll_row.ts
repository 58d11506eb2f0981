/** Makes a row without room scroll sideways, by the wheel too; where there is more, its end fades. */
export function scrollRow(row: HTMLElement): HTMLElement {
  const mark = () => {
    row.classList.toggle("more-left", row.scrollLeft > 1);
    row.classList.toggle("more-right", row.scrollLeft + row.clientWidth < row.scrollWidth - 1);
  };
  row.classList.add("scroll-row");
  row.addEventListener("scroll", mark);
  row.addEventListener(
    "wheel",
    (event) => {
      if (row.scrollWidth <= row.clientWidth || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
      event.preventDefault();
      row.scrollLeft += event.deltaY;
    },
    { passive: false },
  );
  new ResizeObserver(mark).observe(row);
  new MutationObserver(mark).observe(row, { childList: true, subtree: true });
  return row;
}
