/**
 * What is wrong with the server's folder: studies that were damaged, a disk that can't be written.
 */
import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../../../src/service/schema.ts";
import { serverProblems } from "../api.ts";

const millisecondsBetween = 30_000;

export function ServerProblems() {
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  useEffect(() => {
    // A server that can't be reached is told of by the worklist itself.
    const ask = () => serverProblems().then(setProblems, () => {});
    void ask();
    const asking = setInterval(ask, millisecondsBetween);
    return () => clearInterval(asking);
  }, []);
  if (problems.length === 0) return null;
  return (
    <div class="alert" role="alert">
      {problems.map(({ code, study, message, hint }) => (
        <p key={`${code} ${study}`}>
          {message}.{hint && <span class="quiet"> {hint}.</span>}
        </p>
      ))}
    </div>
  );
}
