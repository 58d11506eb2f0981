/**
 * One stop of the Tab key for several controls, by the ARIA pattern of a toolbar: arrows, Home and End move among them,
 * and the Tab key comes back to the one that had the keyboard last.
 */
export class Roving {
  private current: HTMLElement | null = null;

  constructor(
    private readonly element: HTMLElement,
    label: string,
  ) {
    element.setAttribute("role", "toolbar");
    element.setAttribute("aria-label", label);
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("focusin", ({ target }) => this.stopAt(target as HTMLElement));
    this.stopAt(null);
  }

  /** Makes a control the stop of the Tab key; call it with null when controls have come or gone. */
  stopAt(wanted: HTMLElement | null): void {
    const controls = this.controls();
    this.current = [wanted, this.current].find((control) => control && controls.includes(control)) ?? controls[0] ?? null;
    for (const control of this.element.querySelectorAll<HTMLElement>("button")) control.tabIndex = control === this.current ? 0 : -1;
  }

  private controls(): HTMLElement[] {
    return [...this.element.querySelectorAll<HTMLElement>("button:not(:disabled)")];
  }

  private key(event: KeyboardEvent): void {
    const controls = this.controls();
    const at = controls.indexOf(event.target as HTMLElement);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: controls.length - 1 }[event.key];
    if (at < 0 || to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    controls[(to + controls.length) % controls.length].focus();
  }
}
