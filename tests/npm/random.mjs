// Random numbers from a seed (mulberry32): the same seed, the same values.
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, and without, 1. */
  next = () => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  below = n => Math.floor(this.next() * n);

  one = list => list[this.below(list.length)];

  bytes = length => Uint8Array.from({ length }, () => this.below(256));

  hex = length => Buffer.from(this.bytes(length)).toString("hex").toUpperCase();
}
