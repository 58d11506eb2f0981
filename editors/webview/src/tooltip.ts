import type { Box } from "./boxes";
import { bar, h, swatch } from "./dom";
import type { Shown } from "./figures";
import { amount, count, duration, percent, points } from "./format";
import { categoryLabel, nameOf, placeOf } from "./frame_info";
import { categoryColor, isTier, tierColor } from "./palette";

export class Tooltip {
  readonly element = h("div", { class: "tooltip", "aria-hidden": "true" });
  private shownFor = "";

  show(shown: Shown, box: Box | null, inTime: boolean, clientX: number, clientY: number): void {
    if (!box) {
      this.hide();
      return;
    }
    const key = `${box.row} ${box.x0} ${box.x1}`;
    if (key !== this.shownFor || this.element.hidden) {
      this.shownFor = key;
      this.element.replaceChildren(...content(shown, box, inTime));
    }
    this.element.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const x = clientX + 16 + width > innerWidth - 8 ? clientX - width - 12 : clientX + 16;
    const y = clientY + 18 + height > innerHeight - 8 ? clientY - height - 12 : clientY + 18;
    this.element.style.transform = `translate(${Math.max(x, 8)}px, ${Math.max(y, 8)}px)`;
  }

  hide(): void {
    this.element.hidden = true;
    this.shownFor = "";
  }
}

function content(shown: Shown, box: Box, inTime: boolean): HTMLElement[] {
  const { opened, theme, base, measure } = shown;
  if (box.merged > 1) return mergedContent(shown, box, inTime);
  const { frame } = box;
  const outside = frame?.category === "idle" && base.excludesIdle;
  const share = (value: number) => (outside ? "not counted" : percent(value, base.value));
  const row = (name: string, value: number) =>
    h("tr", {}, h("th", {}, name), h("td", {}, amount(value, measure)), h("td", {}, share(value)));
  const rows = [!box.isCaller && row("Self", box.self), row(box.isCaller ? "Through it" : "Total", box.total)];
  if (box.before !== null && !outside) {
    rows.push(
      row("Before", box.before),
      h("tr", {}, h("th", {}, "Change"), h("td", {}, signed(box.total - box.before, shown)), h("td", {}, points(box.total - box.before, base.value))),
    );
  }
  rows.push(h("tr", {}, h("th", {}, "Samples"), h("td", {}, count(box.samples)), h("td", {})));
  const out: HTMLElement[] = [
    h("div", { class: "tooltip-name" }, nameOf(frame)),
    h("div", { class: "tooltip-place" }, placeOf(frame, opened.root) || (frame ? "no source file" : "the whole profile")),
    h("table", {}, h("tbody", {}, ...rows)),
    h("div", { class: "tooltip-note" }, `% of ${base.name}${box.before === null ? "" : ", before scaled to the same active time"}`),
  ];
  if (inTime) out.push(h("div", { class: "tooltip-note" }, `from ${duration(box.x0)} to ${duration(box.x1)}`));
  const tiers = tierParts(shown, box.tiers);
  if (tiers.length) out.push(tierBar(tiers), h("div", { class: "tooltip-tiers" }, tierText(tiers)));
  if (frame) out.push(h("div", { class: "tooltip-category" }, swatch(categoryColor(theme, frame.category)), categoryLabel(frame.category)));
  return out;
}

/** Boxes that the screen cannot show have nothing in common but their place. */
function mergedContent({ measure }: Shown, box: Box, inTime: boolean): HTMLElement[] {
  const out = [
    h("div", { class: "tooltip-name" }, `${count(box.merged)} boxes, narrower than a pixel: zoom in`),
    h("div", { class: "tooltip-note" }, `${amount(box.total, measure)} together, ${count(box.samples)} samples`),
  ];
  if (inTime) out.push(h("div", { class: "tooltip-note" }, `from ${duration(box.x0)} to ${duration(box.x1)}`));
  return out;
}

/** A difference of two values with its sign. */
export function signed(change: number, { measure }: Shown): string {
  const text = amount(Math.abs(change), measure);
  return change === 0 ? text : `${change > 0 ? "+" : "\u2212"}${text}`;
}

export interface TierPart {
  tier: string;
  share: number;
  color: string;
}

/** Tiers as shares of their sum; empty when none is known. */
export function tierParts({ opened, theme }: Shown, values: readonly number[]): TierPart[] {
  const all = values.reduce((sum, value) => sum + value, 0);
  const parts = opened.overview.tiers
    .map((tier, t) => ({ tier, share: all > 0 ? (values[t] ?? 0) / all : 0, color: tierColor(theme, tier) }))
    .filter((part) => part.share > 0);
  return parts.length === 1 && !isTier(parts[0].tier) ? [] : parts;
}

export function tierText(parts: TierPart[]): string {
  return parts.map((part) => `${part.tier} ${Math.round(part.share * 100) || "<1"}%`).join(" \u00b7 ");
}

export function tierBar(parts: TierPart[]): HTMLElement {
  return bar(
    `Tiers: ${tierText(parts)}`,
    parts.map((part) => ({ share: part.share, color: part.color, title: part.tier })),
  );
}
