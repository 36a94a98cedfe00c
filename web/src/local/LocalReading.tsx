export default function LocalReading() {
  return null;
}
