/**
 * Two windows of one reader measured from the same list: both sets of changes, told apart by identifier.
 *
 *     const list = joined(base, mine, theirs);
 *
 * What only one of them removed goes, unless the other has moved it meanwhile; what both moved lies where this window has it.
 */
import type { NewMeasurement } from "../../../src/service/schema.ts";

type List = readonly NewMeasurement[];

const byId = (list: List) => new Map(list.map((one) => [one.id, one]));

export const isSame = (one: NewMeasurement | undefined, other: NewMeasurement | undefined): boolean =>
  one !== undefined && other !== undefined && content(one) === content(other);

/** Whether both hold the same in the same order; who kept it when is no part of it. */
export const isSameList = (one: List, other: List): boolean =>
  one.length === other.length && one.every((measurement, index) => isSame(measurement, other[index]));

const content = ({ id, seriesInstanceUID, plane, kind, points }: NewMeasurement): string =>
  JSON.stringify([id, seriesInstanceUID, plane, kind, points]);

/** @param base what both were made from */
export function mergeMeasurements(base: List, mine: List, theirs: List): NewMeasurement[] {
  const [before, here, there] = [byId(base), byId(mine), byId(theirs)];
  return [...new Set([...there.keys(), ...here.keys()])].flatMap((id) => {
    const [known, own, other] = [before.get(id), here.get(id), there.get(id)];
    const chosen = !own || isSame(own, known) ? other : own;
    // Removed on one side, and left as it was on the other.
    const isRemoved = known !== undefined && ((!own && isSame(other, known)) || (!other && isSame(own, known)));
    return chosen && !isRemoved ? [chosen] : [];
  });
}
