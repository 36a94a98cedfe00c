/**
 * One patient as solids: every organ, vessel and finding, ready to be cut into slices.
 *
 *     const scene = buildScene({ seed: 1, index: 7, positive: true, sign: false, bolus: 340 });
 *
 * Fields stay in the standard chest's millimetres; tubes are stretched to the patient's.
 */
import { Random } from "../random.ts";
import { buildHeart, type Heart } from "./anatomy/heart.ts";
import { mediastinum } from "./anatomy/mediastinum.ts";
import { drawPatient, type Patient } from "./anatomy/patient.ts";
import { type Bones, buildSkeleton } from "./anatomy/skeleton.ts";
import { buildTorso, type Torso } from "./anatomy/torso.ts";
import { type Bolus, drawContrast } from "./contrast.ts";
import { type Leads, placeLeads } from "./ecg-leads.ts";
import { drawIncidental, type Incidental } from "./incidental.ts";
import { drawLookalikes, type Lookalikes } from "./mimics.ts";
import { layOut, type Tubes } from "./place-findings.ts";
import { growBronchi } from "./vessels/bronchi.ts";
import { drawBurden, drawEmboli, type Emboli, type EmbolusLevel, usualBurdens } from "./vessels/emboli.ts";
import { growArteries, growVeins, type PulmonaryTree } from "./vessels/pulmonary.ts";

export interface Scene {
  readonly patient: Patient;
  readonly contrast: Bolus;
  readonly torso: Torso;
  readonly heart: Heart;
  readonly bones: Bones;
  readonly arteries: PulmonaryTree;
  readonly tubes: Tubes;
  readonly emboli: Emboli;
  readonly lookalikes: Lookalikes;
  readonly incidental: Incidental;
  readonly leads: Leads | undefined;
}

export interface SceneSettings {
  readonly seed: number;
  readonly index: number;
  readonly positive: boolean;
  /** Whether leads lie on the chest. */
  readonly sign: boolean;
  /** Usual HU in the pulmonary trunk at the hospital. */
  readonly bolus: number;
  /** Where the largest embolus lies; drawn when undefined. */
  readonly burden?: EmbolusLevel | undefined;
}

export function buildScene({ seed, index, positive, sign, bolus, ...settings }: SceneSettings): Scene {
  const stream = (...names: string[]) => new Random(seed, "phantom", "study", index, ...names);
  const emboliRandom = stream("emboli");
  const drawn = drawBurden(usualBurdens, emboliRandom);
  const burden = settings.burden ?? drawn;
  const central = positive && (burden === "saddle" || burden === "main");
  const patientRandom = stream("patient");
  const strain = patientRandom.chance(central ? 0.55 : 0.08);
  const patient = drawPatient(patientRandom, strain);
  const contrast = drawContrast(stream("contrast"), bolus);
  const heart = buildHeart(patient);
  const torso = buildTorso(patient, mediastinum(heart, patient.wander));
  const vessels = stream("vessels");
  const arteries = growArteries(patient, torso.lungs, vessels);
  const veins = growVeins(patient, torso.lungs, vessels);
  const count = burden === "saddle" ? 3 + emboliRandom.integer(6) : 1 + Math.floor(8 * emboliRandom.uniform() ** 1.7);
  const emboli: Emboli = positive
    ? drawEmboli(arteries, emboliRandom, burden, count)
    : { clots: [], widened: new Map(), starved: new Map() };
  const bronchi = growBronchi(arteries, patient.wander);
  const lookalikes = drawLookalikes(
    arteries,
    bronchi.filter(([start]) => start![3] > 0.9 && start![3] < 2.6),
    stream("lookalikes"),
  );
  const occluded = emboli.clots.find((clot) => clot.occluding)?.paths[0]?.at(-1);
  const incidental = drawIncidental(
    patient,
    torso.lungs,
    stream("incidental"),
    occluded && [occluded[0], occluded[1], occluded[2]],
  );
  const leads = sign ? placeLeads(torso, stream("leads")) : undefined;
  const bones = buildSkeleton();
  const tubes = layOut(
    patient,
    contrast,
    { arteries, veins, bronchi, bones, emboli, lookalikes, leads },
    stream("tubes"),
  );
  return { patient, contrast, torso, heart, bones, arteries, tubes, emboli, lookalikes, incidental, leads };
}
