import { setTimeout as sleep } from 'node:timers/promises';
import { berechneGröße } from './größe, straße.js';
import Spinner from './lib, parts/two words.js';

// A top-level await, and a module loaded by a dynamic import.
const { 数える } = await import('./lib, parts/数.mjs');
await sleep(1);

const ROUNDS = 300000;
const spinner = new Spinner();
const end = Date.now() + Number(process.argv[2] ?? 1000);
let checksum = 0;
while (Date.now() < end) {
  checksum ^= berechneGröße(ROUNDS);
  checksum ^= spinner['spin, then return'](ROUNDS);
  checksum ^= 数える(ROUNDS);
  await sleep(0);
}
console.log(`fertig, ${checksum}`);
