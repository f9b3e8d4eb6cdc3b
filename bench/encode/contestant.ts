/** What one turn of a contestant gave. */
export interface Turn {
  readonly pictures: number;
  readonly seconds: number;
  /** CPU time of all its threads. */
  readonly cpuSeconds: number;
}

/** One way from pixels to vectors; stands still between its turns. */
export interface Contestant {
  readonly name: string;
  turn(seconds: number): Promise<Turn>;
  close(): Promise<void>;
}

/** A turn of something that runs in this process. @param work answers the number of pictures done */
export async function timed(work: () => Promise<number>): Promise<Turn> {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  const pictures = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { pictures, seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}
