/**
 * How many messages lie between a position and the ends of streams: NAME@incarnation:sequence, with commas between. A stream that the
 * position does not name is read from its beginning or not at all, so it counts for nothing.
 */
export function behind(position: string, streams: readonly { name: string; last: number }[]): number {
  let messages = 0;
  for (const part of position.split(",")) {
    const [, name, sequence] = /^([^@:]+)(?:@[^:]*)?:(\d+)$/.exec(part) ?? [];
    const stream = streams.find((s) => s.name === name);
    if (stream) messages += Math.max(0, stream.last - Number(sequence));
  }
  return messages;
}
