/**
 * The API's OpenAPI 3.1 description, its bodies made from the same schemas that check them.
 */
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import * as schema from "./schema.ts";

const bodies = {
  Study: schema.studySchema,
  Worklist: schema.worklistSchema,
  StudyDetail: schema.studyDetailSchema,
  UploadResult: schema.uploadResultSchema,
  Annotation: schema.annotationDocumentSchema,
  NewVerdict: schema.newVerdictSchema,
  VerdictList: schema.verdictListSchema,
  NewMeasurementList: schema.newMeasurementListSchema,
  MeasurementList: schema.measurementListSchema,
  Event: schema.eventSchema,
  Health: schema.healthSchema,
  SignIn: schema.signInSchema,
  Session: schema.sessionSchema,
  Ready: schema.readySchema,
  Error: schema.errorSchema,
} as const;
type BodyName = keyof typeof bodies;

const json = (name: BodyName) => ({ "application/json": { schema: { $ref: `#/components/schemas/${name}` } } });
const answer = (description: string, name: BodyName) => ({ description, content: json(name) });
const text = { schema: { type: "string" } };
const tagged = (of: string) => ({ ETag: { description: `the version of ${of}, for If-Match`, ...text } });
const binary = (description: string, headers: object = {}) => ({
  description,
  headers: { [schema.gridHeader]: { description: "the grid in the patient, as JSON", ...text }, ...headers },
  content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
});
/** Of every call: nobody or somebody else signed in (401, 403), too many calls (429), more than it takes on (503). */
const refused = { "4XX": answer("refused, with the reason", "Error") };
/** Of every call that changes what readers have done. */
const ifMatch = (isAsked: boolean) => ({
  name: "If-Match",
  in: "header",
  required: false,
  description: `The ETag under which what is changed was read, or * for whatever is kept. ${
    isAsked
      ? "A call without it is taken where it loses nobody's work, and else refused with 428."
      : "A call without it is taken: it takes nothing away."
  }`,
  ...text,
});
const changedMeanwhile = {
  412: answer("changed-meanwhile: somebody saved after what this was made from; nothing was changed", "Error"),
};
const versionMissing = {
  428: answer("version-missing: somebody's work would be lost, and the call does not say that it has seen it", "Error"),
};
const id = { name: "id", in: "path", required: true, schema: { type: "string" } };

export function openApi(): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Embolens reading room",
      version: packageJson.version,
      description: `Studies in, diagnoses out. ${schema.researchUse}`,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/api" }],
    security: [{}, { token: [] }, { session: [] }],
    paths: {
      "/health": {
        get: {
          summary: "Whether the server can work, and what is wrong with its folder",
          responses: { 200: answer("it lives; its status says how well", "Health"), ...refused },
        },
      },
      "/ready": {
        get: {
          summary: "Whether it can take studies and readers' work now",
          responses: { 200: answer("it can", "Ready"), 503: answer("it cannot", "Ready"), ...refused },
        },
      },
      "/session": {
        get: {
          summary: "Who is signed in, and whether anybody has to be",
          responses: { 200: answer("who", "Session"), ...refused },
        },
        post: {
          summary: "Sign in; the answer sets the cookie",
          requestBody: { required: true, content: json("SignIn") },
          responses: {
            200: answer("who is signed in now", "Session"),
            401: answer("not-allowed: the name, password or token is wrong", "Error"),
            429: answer("too-busy: too many of them were wrong in the last minute", "Error"),
            ...refused,
          },
        },
        delete: { summary: "Sign out", responses: { 204: { description: "signed out" }, ...refused } },
      },
      "/session/openid": {
        get: {
          summary: "Sign in by the OpenID provider",
          responses: { 302: { description: "to the provider" }, ...refused },
        },
      },
      "/session/openid/callback": {
        get: {
          summary: "Where the OpenID provider sends the browser back to",
          responses: { 302: { description: "signed in, to the worklist" }, ...refused },
        },
      },
      "/metrics": {
        get: {
          summary: "Studies by state, queue, seconds of each step, scores and failures, for Prometheus",
          responses: { 200: { description: "the metrics", content: { "text/plain": {} } }, ...refused },
        },
      },
      "/model": {
        get: { summary: "The model that judges", responses: { 200: { description: "a safetensors file" } } },
      },
      "/studies": {
        get: { summary: "The worklist", responses: { 200: answer("every study", "Worklist") } },
        post: {
          summary: "Upload DICOM files or zips; their studies are diagnosed in turn",
          description: "Images of a study that is known already are added to it, and it is diagnosed again.",
          requestBody: {
            content: {
              "multipart/form-data": {
                schema: {
                  type: "object",
                  properties: { files: { type: "array", items: { type: "string", format: "binary" } } },
                },
              },
            },
          },
          responses: {
            202: answer("what was taken in and what was refused", "UploadResult"),
            507: answer("the disk is full", "Error"),
            ...refused,
          },
        },
      },
      "/studies/{id}": {
        parameters: [id],
        get: {
          summary: "A study and its diagnosis",
          responses: {
            200: {
              ...answer("the study", "StudyDetail"),
              headers: tagged(
                "readers' work on the study, its annotation, verdicts and measurements, not of its diagnosis",
              ),
            },
            ...refused,
          },
        },
        delete: {
          summary: "Remove a study and all that was made of it",
          parameters: [ifMatch(true)],
          responses: { 204: { description: "removed" }, ...changedMeanwhile, ...versionMissing, ...refused },
        },
      },
      "/studies/{id}/diagnosis": {
        parameters: [id],
        post: {
          summary: "Judge a study again",
          description:
            "For one that failed or whose files are damaged; one that waits or is being judged is left alone.",
          responses: { 202: answer("the study, which waits", "Study"), ...refused },
        },
      },
      "/studies/{id}/volume": {
        parameters: [id],
        get: {
          summary: "The CT in HU",
          responses: {
            200: binary("int16, little endian, columns fastest", {
              [schema.seriesHeader]: {
                description: "which series it is, as a JSON string; empty where the CT names none",
                ...text,
              },
            }),
            ...refused,
          },
        },
      },
      "/studies/{id}/attention": {
        parameters: [id],
        get: {
          summary: "Where the network looked",
          responses: { 200: binary("uint8, 255 where it looked hardest, columns fastest"), ...refused },
        },
      },
      "/studies/{id}/results/{name}": {
        parameters: [id, { name: "name", in: "path", required: true, schema: { type: "string" } }],
        get: {
          summary: "A file of the diagnosis: diagnosis.json, a key image, the attention volume",
          responses: { 200: { description: "the file" }, ...refused },
        },
      },
      "/studies/{id}/annotation": {
        parameters: [id],
        get: {
          summary: "The reader's mask",
          responses: {
            200: binary("uint8, 1 where embolus, on the CT's grid", {
              ...tagged("the annotation"),
              [schema.annotationHeader]: {
                description: "who annotated which slices when, as JSON",
                content: json("Annotation"),
              },
            }),
            404: answer("annotation-missing: nobody has annotated the study", "Error"),
            ...refused,
          },
        },
        put: {
          summary: "Keep a reader's mask",
          description: "In place of the one that its reader has seen. Sent again with the same content, it is taken.",
          parameters: [
            ifMatch(true),
            {
              name: "If-None-Match",
              in: "header",
              required: false,
              description: "*: nobody had annotated the study",
              schema: { const: "*" },
            },
            {
              name: "slices",
              in: "query",
              required: true,
              description: "indices of the slices looked at, by commas; every slice with voxels is among them",
              schema: { type: "string" },
            },
            { name: "reader", in: "query", required: true, schema: { type: "string" } },
            {
              name: "series",
              in: "query",
              required: false,
              description: `the series it was painted on, as ${schema.seriesHeader} named it: refused where another is judged by now`,
              schema: { type: "string" },
            },
          ],
          requestBody: {
            description: "uint8, 1 where embolus, on the CT's grid, compressed with gzip",
            content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
          },
          responses: {
            200: { ...answer("the study", "Study"), headers: tagged("the annotation as it is kept now") },
            ...changedMeanwhile,
            ...versionMissing,
            ...refused,
          },
        },
      },
      "/studies/{id}/annotation.dcm": {
        parameters: [id],
        get: {
          summary:
            "The reader's mask as a DICOM segmentation, where the CT is a series of DICOM images, single slices or multi-frame",
          responses: { 200: { description: "the file", content: { "application/dicom": {} } }, ...refused },
        },
      },
      "/studies/{id}/dicom.zip": {
        parameters: [id],
        get: {
          summary: "Report, attention map and key images as DICOM objects, and the segmentation where there is one",
          description:
            "What embolens diagnose --dicom writes, the report with readers' verdicts. Asked for again, they are the same objects; a report with more verdicts is another one. Research use, not a medical device.",
          responses: {
            200: { description: "a zip of Part 10 files", content: { "application/zip": {} } },
            404: answer("study-unknown: no such study, or neither a diagnosis nor an annotation of it yet", "Error"),
            422: answer(
              "segmentation-source-missing or segmentation-source-mixed: the CT can carry no DICOM objects",
              "Error",
            ),
            ...refused,
          },
        },
      },
      "/studies/{id}/dicom/{name}": {
        parameters: [
          id,
          {
            name: "name",
            in: "path",
            required: true,
            description: "report.dcm, attention.dcm, key-1.dcm and so on, segmentation.dcm",
            schema: { type: "string" },
          },
        ],
        get: {
          summary: "One of these objects",
          responses: { 200: { description: "a Part 10 file", content: { "application/dicom": {} } }, ...refused },
        },
      },
      "/studies/{id}/verdicts": {
        parameters: [id],
        get: {
          summary: "All verdicts on the study and its findings, in their order",
          responses: {
            200: { ...answer("the verdicts", "VerdictList"), headers: tagged("the verdicts") },
            ...refused,
          },
        },
        post: {
          summary: "Confirm or reject a finding, or the study as a whole",
          description: "Earlier verdicts stay; the last one on a finding is shown.",
          parameters: [ifMatch(false)],
          requestBody: { content: json("NewVerdict") },
          responses: { 200: answer("the study", "Study"), ...changedMeanwhile, ...refused },
        },
      },
      "/studies/{id}/measurements": {
        parameters: [id],
        get: {
          summary: "What readers have measured",
          parameters: [
            { name: "reader", in: "query", required: false, description: "whose alone; all readers' without", ...text },
          ],
          responses: {
            200: { ...answer("the measurements", "MeasurementList"), headers: tagged("these measurements") },
            ...refused,
          },
        },
        put: {
          summary: "Keep all measurements of one reader",
          description: "In place of those kept for this reader before; other readers' stay. Sent again, it is taken.",
          parameters: [ifMatch(true), { name: "reader", in: "query", required: true, ...text }],
          requestBody: { content: json("NewMeasurementList") },
          responses: {
            200: {
              ...answer("all measurements of this reader", "MeasurementList"),
              headers: tagged("this reader's measurements as they are kept now"),
            },
            ...changedMeanwhile,
            ...versionMissing,
            ...refused,
          },
        },
      },
      "/events": {
        get: {
          summary: "Server-sent events, one a change",
          responses: {
            200: {
              description: "data lines, each an Event",
              content: { "text/event-stream": { schema: { $ref: "#/components/schemas/Event" } } },
            },
          },
        },
      },
    },
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "of a machine (embolens tokens add), or the server's own (--token-file)",
        },
        session: { type: "apiKey", in: "cookie", name: "embolens-session", description: "of who has signed in" },
      },
      schemas: Object.fromEntries(
        Object.entries(bodies).map(([name, body]) => [name, z.toJSONSchema(body, { io: "input" })]),
      ),
    },
  };
}
