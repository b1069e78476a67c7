/** How much is allowed: `capacity` at once, refilled evenly over `windowMs`. */
export interface Allowance {
  capacity: number;
  windowMs: number;
}

interface Bucket {
  tokens: number;
  at: number;
  allowance: Allowance;
}

/**
 * Token buckets by name. Memory is bounded: a bucket that has refilled says nothing and is dropped, and past `most` the
 * ones longest unused make room.
 */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #most: number;
  readonly #now: () => number;

  constructor(most = 20_000, now: () => number = Date.now) {
    this.#most = most;
    this.#now = now;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes one token.
   *
   * @returns 0 when there was one, else the milliseconds until there will be.
   */
  take(name: string, allowance: Allowance): number {
    const bucket = this.#bucket(name, allowance);
    if (bucket.tokens < 1) {
      if (allowance.capacity === 0) return allowance.windowMs;
      return Math.ceil(((1 - bucket.tokens) * allowance.windowMs) / allowance.capacity);
    }
    bucket.tokens -= 1;
    return 0;
  }

  /** Puts a token back that turned out not to count. */
  giveBack(name: string): void {
    const bucket = this.#buckets.get(name);
    if (bucket) bucket.tokens = Math.min(bucket.allowance.capacity, bucket.tokens + 1);
  }

  #bucket(name: string, allowance: Allowance): Bucket {
    const now = this.#now();
    const known = this.#buckets.get(name);
    const tokens = known ? refilled(known, now) : allowance.capacity;
    const bucket = { tokens: Math.min(tokens, allowance.capacity), at: now, allowance };
    // Put last, so that the first in the map is the one longest unused.
    this.#buckets.delete(name);
    if (this.#buckets.size >= this.#most) this.#makeRoom(now);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  #makeRoom(now: number): void {
    for (const [name, bucket] of this.#buckets) {
      if (refilled(bucket, now) >= bucket.allowance.capacity) this.#buckets.delete(name);
    }
    for (const name of this.#buckets.keys()) {
      if (this.#buckets.size < this.#most) return;
      this.#buckets.delete(name);
    }
  }
}

function refilled({ tokens, at, allowance }: Bucket, now: number): number {
  const elapsed = Math.max(0, now - at);
  return Math.min(allowance.capacity, tokens + (elapsed * allowance.capacity) / allowance.windowMs);
}
