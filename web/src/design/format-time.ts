/** A moment as a reader says it, on the clock of this computer: today's without the date. */
export function formatTime(at: string): string {
  const then = new Date(at);
  const time = then.toLocaleTimeString([], { timeStyle: "short" });
  const isToday = then.toDateString() === new Date().toDateString();
  return isToday ? `today at ${time}` : `on ${then.toLocaleDateString([], { dateStyle: "medium" })} at ${time}`;
}
