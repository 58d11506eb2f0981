// Times of the server, which does not know the editor's time zone, as the user's clock shows them.
import type { Opened } from "./protocol";

/** The text with each `2026-11-21 10:15:30 UTC` in it in local time, without a zone. */
export function inLocalTime(text: string): string {
  return text.replace(/\b(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC\b/g, (whole, day: string, time: string) => {
    const at = new Date(`${day}T${time}Z`);
    return Number.isNaN(at.getTime()) ? whole : written(at);
  });
}

/** What the head of a view says. */
export function openedInLocalTime<T extends Opened>(opened: T): T {
  const { subtitle, compared, meta } = opened;
  return {
    ...opened,
    ...(subtitle === undefined ? {} : { subtitle: inLocalTime(subtitle) }),
    ...(compared ? { compared: { ...compared, title: inLocalTime(compared.title) } } : {}),
    ...(meta?.date === undefined ? {} : { meta: { ...meta, date: inLocalTime(meta.date) } }),
  };
}

function written(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")}`;
}
