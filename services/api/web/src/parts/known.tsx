import { useText } from "../text/index.tsx";

/** The knowledge axis: an instant of all at which something became known, or now. It is dragged, or moved by the arrow keys. */
export function KnownAt({
  learned,
  value,
  onChange,
}: {
  learned: readonly number[];
  value: number | null;
  onChange: (at: number | null) => void;
}) {
  const { t, instant } = useText();
  const last = learned.length;
  const place =
    value === null
      ? last
      : Math.max(
          0,
          learned.findLastIndex((at) => at <= value),
        );
  const said = value === null ? t("known.now") : instant(new Date(value).toISOString(), true);
  return (
    <div className="known">
      <label htmlFor="known">{t("known.at")}</label>
      <input
        id="known"
        type="range"
        min={0}
        max={last}
        step={1}
        value={place}
        aria-valuetext={said}
        onChange={(e) => onChange(Number(e.target.value) >= last ? null : learned[Number(e.target.value)]!)}
      />
      <output htmlFor="known">{said}</output>
    </div>
  );
}
