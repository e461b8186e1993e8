/** Server-sent events as they may come: cut anywhere, with any line end, with fields in any order. */
import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { EventParser, type StreamEvent } from "../../src/console/event-stream.ts";

function heard(...chunks: readonly string[]): StreamEvent[] {
  const events: StreamEvent[] = [];
  const parser = new EventParser((event) => events.push(event));
  for (const chunk of chunks) parser.take(chunk);
  return events;
}

test("an event is an id, a name and data of one or more lines; comments and unknown fields are passed over", () => {
  expect(heard(': hello\nevent: fact\nid: 12\nretry: 5\ndata: {"a":\ndata: 1}\n\ndata:x\n\nid: 7\n\n')).toEqual([
    { event: "fact", id: "12", data: '{"a":\n1}' },
    { event: "message", id: undefined, data: "x" },
  ]);
});

property.prop([
  fc.array(fc.record({ id: fc.nat(), text: fc.stringMatching(/^[^\r\n]*$/) }), { maxLength: 6 }),
  fc.constantFrom("\n", "\r\n"),
  fc.array(fc.nat(), { maxLength: 12 }),
])("however the stream is cut, the same events are heard", (events, end, cuts) => {
  const text = events.map(({ id, text }) => `event: fact${end}id: ${id}${end}data: ${text}${end}${end}`).join("");
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((one, other) => one - other), text.length];
  const chunks = places.slice(1).map((place, index) => text.slice(places[index], place));
  expect(heard(...chunks)).toEqual(events.map(({ id, text }) => ({ event: "fact", id: String(id), data: text })));
});
