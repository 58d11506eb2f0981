import type { Scene } from "./box_source";
import { baseOf, type Base } from "./figures";
import { initiallyHidden, initialMeasure } from "./first_boxes";
import type { ColorBy } from "./style";
import type { ShownOrder } from "./toolbar";
import type { FlameState } from "./view_state";
import type { Category, FrameInfo, Measure, Opened } from "./wire";

/** What the reader chose to see of a flamegraph; always something that the profile has. */
export class FlameSettings {
  order: ShownOrder = "leftHeavy";
  /** The function of callers and callees, and about how wide it will be. */
  center: FrameInfo | null = null;
  centerWidth: number | undefined;
  colorBy: ColorBy;
  measure: Measure;
  activeOnly = true;
  query = "";
  readonly hidden: Set<Category>;

  constructor(private readonly opened: Opened) {
    const { overview } = opened;
    this.measure = initialMeasure(overview);
    this.colorBy = opened.compared ? "change" : "category";
    this.hidden = new Set(initiallyHidden(overview));
  }

  get base(): Base {
    return baseOf(this.opened, this.measure, this.activeOnly);
  }

  get scene(): Scene {
    const center = this.order === "bothWays" ? this.center : null;
    return { order: this.order, frame: center?.id ?? null, hidden: [...this.hidden], measure: this.measure, expectedWidth: this.centerWidth };
  }

  /** Samples know when they were taken; allocations do not. */
  get hasTimeOrder(): boolean {
    return this.opened.overview.hasTimeline && this.measure === "cpu";
  }

  /** What tables leave out: what the graph does, and idle where percentages do. */
  get hiddenFromTables(): Category[] {
    return this.base.excludesIdle ? [...new Set(this.hidden).add("idle")] : [...this.hidden];
  }

  setMeasure(measure: Measure): void {
    this.measure = measure;
    if (this.order === "timeOrder" && !this.hasTimeOrder) this.order = "leftHeavy";
    if (!this.colors().includes(this.colorBy)) this.colorBy = "category";
  }

  toggle(category: Category): void {
    if (!this.hidden.delete(category)) this.hidden.add(category);
  }

  nextColor(): ColorBy {
    const colors = this.colors();
    return colors[(colors.indexOf(this.colorBy) + 1) % colors.length];
  }

  private colors(): ColorBy[] {
    const tier: ColorBy[] = this.measure === "cpu" ? ["tier"] : [];
    const change: ColorBy[] = this.opened.compared ? ["change"] : [];
    return ["category", ...tier, ...change];
  }

  kept(): Pick<FlameState, "order" | "frame" | "hidden" | "measure" | "colorBy" | "activeOnly" | "query"> {
    const { order, center, hidden, measure, colorBy, activeOnly, query } = this;
    return { order, frame: center, hidden: [...hidden], measure, colorBy, activeOnly, query };
  }

  /** Takes over what was kept, as far as the profile has it. */
  restore(kept: FlameState): void {
    const { hasCpu, allocatedBytes } = this.opened.overview;
    this.order = kept.order;
    this.center = kept.frame;
    this.colorBy = kept.colorBy;
    this.setMeasure(kept.measure === "allocated" && allocatedBytes !== null ? "allocated" : hasCpu ? "cpu" : "allocated");
    if (this.order === "bothWays" && !this.center) this.order = "leftHeavy";
    this.activeOnly = kept.activeOnly;
    this.query = kept.query;
    this.hidden.clear();
    for (const category of kept.hidden) this.hidden.add(category);
  }
}
