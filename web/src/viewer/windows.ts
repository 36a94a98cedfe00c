/**
 * The window presets of a chest reading, as level and width in HU, and the keys that call them.
 * PE 100/700 is the RSNA challenge winners', the others are common practice (docs/method.md#display-windows).
 */
export interface WindowPreset {
  readonly name: string;
  readonly key: string;
  readonly level: number;
  readonly width: number;
}

export const windowPresets: readonly WindowPreset[] = [
  { name: "PE", key: "1", level: 100, width: 700 },
  { name: "Lung", key: "2", level: -600, width: 1500 },
  { name: "Mediastinum", key: "3", level: 40, width: 400 },
  { name: "Bone", key: "4", level: 400, width: 1800 },
];

/** The HU shown black and white. */
export const windowRange = ({ level, width }: Pick<WindowPreset, "level" | "width">) => ({
  lower: level - width / 2,
  upper: level + width / 2,
});
