export type Category = 'book' | 'food' | 'tool';

export interface Item {
  readonly id: number;
  readonly category: Category;
  readonly cents: number;
}

const CATEGORIES: readonly Category[] = ['book', 'food', 'tool'];

export const items: readonly Item[] = Array.from({ length: 400 }, (_, id) => ({
  id,
  category: CATEGORIES[id % CATEGORIES.length]!,
  cents: 99 + ((id * 7919) % 5000),
}));

export function findItem(id: number): Item | undefined {
  return items.find((item) => item.id === id);
}
