import type { Category, Item } from './catalog';

const DISCOUNT: Readonly<Record<Category, number>> = { book: 0.1, food: 0, tool: 0.25 };

/** The bottleneck of `GET /quote`: for every item it adds up all the others again. */
export function discountedTotal(items: readonly Item[], quantity: number): number {
  let total = 0;
  for (const item of items) {
    let others = 0;
    for (const other of items) {
      if (other.category === item.category) others += other.cents; // HOT
    }
    const rate = others > 100_000 ? DISCOUNT[item.category] : 0;
    total += item.cents * quantity * (1 - rate);
  }
  return Math.round(total);
}
