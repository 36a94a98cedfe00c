/**
 * The reading room: a worklist, a reading, and a place to read on this computer alone. The page's address after `#`
 * says which.
 */
import { render } from "preact";
import { lazy, Suspense } from "preact/compat";
import { useEffect, useState } from "preact/hooks";
import "./design/style.css";
import type { Session } from "../../src/service/schema.ts";
import { SignedIn, SignInPage } from "./access/SignInPage.tsx";
import { readSession } from "./api.ts";
import { Footer, PageHeader } from "./design/frame.tsx";
import { ReaderName } from "./reading/ReaderName.tsx";
import { setSignature } from "./reading/reader.ts";
import { confirmLeave } from "./unsaved.ts";
import { Worklist } from "./worklist/Worklist.tsx";

// The viewer is most of the program; the worklist doesn't wait for it.
const ServerReading = lazy(() => import("./reading/ServerReading.tsx"));
const LocalReading = lazy(() => import("./local/LocalReading.tsx"));

type Place =
  | { readonly name: "worklist" }
  | { readonly name: "study"; readonly id: string }
  | { readonly name: "local" };

function placeOf(hash: string): Place {
  const study = /^#\/study\/(.+)$/.exec(hash);
  const id = study && decoded(study[1]!);
  if (id) return { name: "study", id };
  return hash === "#/local" ? { name: "local" } : { name: "worklist" };
}

/** Undefined where a link was cut or mistyped within an escape. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

const titles = { worklist: "Worklist", study: "Study", local: "On this computer" } as const;

function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    let shown = location.hash;
    const listen = () => {
      if (location.hash === shown) return;
      // A change of the address can't be stopped, only taken back.
      if (!confirmLeave()) return history.pushState(null, "", shown);
      shown = location.hash;
      setPlace(placeOf(shown));
    };
    addEventListener("hashchange", listen);
    return () => removeEventListener("hashchange", listen);
  }, []);
  return place;
}

function Room() {
  const place = usePlace();
  useEffect(() => {
    document.title = `${titles[place.name]} · Embolens`;
  }, [place]);
  const [session, setSession] = useState<Session>();
  useEffect(() => {
    // A server that can't be asked says so again on the worklist.
    readSession().then(setSession, () => setSession({ asks: false, caller: null, openid: false }));
  }, []);
  if (!session) return <p class="waiting">Opening the reading room …</p>;
  // What is read on this computer alone needs no account.
  if (session.asks && !session.caller && place.name !== "local") {
    return (
      <>
        <PageHeader place={place.name} />
        <SignInPage hasOpenId={session.openid} onSignedIn={setSession} />
        <Footer />
      </>
    );
  }
  setSignature(session.caller?.signsAs ?? undefined);
  const waiting = <p class="waiting">Opening the viewer …</p>;
  return (
    <>
      <PageHeader place={place.name}>
        {place.name === "study" && <ReaderName />}
        {session.caller && <SignedIn caller={session.caller} />}
      </PageHeader>
      <Suspense fallback={waiting}>
        {place.name === "worklist" && <Worklist />}
        {place.name === "study" && <ServerReading key={place.id} id={place.id} />}
        {place.name === "local" && <LocalReading />}
      </Suspense>
      <Footer />
    </>
  );
}

render(<Room />, document.getElementById("room")!);
