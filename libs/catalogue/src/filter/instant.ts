/** A moment, or a whole day (UTC) where no time was given: `from` is its first millisecond, `before` the next day's. */
export interface Instant {
  readonly from: Date;
  readonly before: Date | null;
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(?:Z|([+-])(\d{2}):?(\d{2}))?)?$/;
const DAY_MS = 86_400_000;

/**
 * Reads an ISO 8601 date, with a time or without; a time without an offset is UTC.
 *
 * @returns `null` for anything else, such as the 30th of February
 */
export function parseInstant(text: string): Instant | null {
  const match = ISO.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const [fraction = '', sign, offsetHour, offsetMinute] = match.slice(7);
  if (year === undefined || month === undefined || day === undefined) return null;
  if (year < 1 || (hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59) return null;
  if (Number(offsetHour ?? 0) > 14 || Number(offsetMinute ?? 0) > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  date.setUTCHours(hour ?? 0, minute, second, Number(fraction.padEnd(3, '0').slice(0, 3)));
  const offset = (Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0)) * 60_000;
  const from = new Date(date.getTime() - (sign === '-' ? -offset : offset));
  return { from, before: match[4] === undefined ? new Date(from.getTime() + DAY_MS) : null };
}
