/** Signing in to a reading room that asks who one is, and out again. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Session, SignIn } from "../../../src/service/schema.ts";
import { signIn, signOut } from "../api.ts";
import { confirmLeave } from "../unsaved.ts";

interface SignInPageProps {
  readonly hasOpenId: boolean;
  readonly onSignedIn: (session: Session) => void;
}

export function SignInPage({ hasOpenId, onSignedIn }: SignInPageProps) {
  const [byToken, setByToken] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), [byToken]);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const given = new FormData(event.currentTarget);
    const text = (name: string) => String(given.get(name) ?? "");
    const asked: SignIn = byToken
      ? { token: text("token").trim() }
      : { name: text("name").trim(), password: text("password") };
    setBusy(true);
    setProblem(undefined);
    signIn(asked)
      .then(onSignedIn, (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false));
  };

  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <h1>Sign in</h1>
        {byToken ? (
          <label key="token">
            Token
            <input ref={first} name="token" type="password" autocomplete="off" required />
          </label>
        ) : (
          <>
            <label key="name">
              Name
              <input ref={first} name="name" autocomplete="username" required />
            </label>
            <label key="password">
              Password
              <input name="password" type="password" autocomplete="current-password" required />
            </label>
          </>
        )}
        <p class="problem" role="alert">
          {problem && `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`}
        </p>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? "Signing in …" : "Sign in"}
        </button>
        {hasOpenId && (
          <a class="button" href="api/session/openid">
            Sign in with your hospital’s account
          </a>
        )}
        <button type="button" class="link" onClick={() => setByToken(!byToken)}>
          {byToken ? "Sign in by name and password" : "Sign in by token"}
        </button>
      </form>
    </main>
  );
}

export function SignedIn({ caller }: { readonly caller: NonNullable<Session["caller"]> }) {
  const leave = () => {
    if (!confirmLeave()) return;
    // The page forgets everything that was read.
    signOut().finally(() => location.reload());
  };
  return (
    <p class="reader">
      <strong>{caller.name}</strong> · {caller.role} ·{" "}
      <button type="button" class="link" onClick={leave}>
        sign out
      </button>
    </p>
  );
}
