/** Put the parts together. */

import { App } from "./app.js";
import { Stage } from "./canvas/stage.js";
import { Film } from "./film/film.js";
import { History } from "./model/history.js";
import { getBlob, getJson } from "./net/api.js";
import { autosave, kept } from "./net/autosave.js";
import { drawingTool } from "./tools/draw.js";
import { Aim } from "./tools/keyboard.js";
import { Pointers } from "./tools/pointer.js";
import { objectTool } from "./tools/object.js";
import { panTool, pickTool, selectTool } from "./tools/select.js";
import { lineTool, pointTool, polygonTool } from "./tools/shapes.js";
import { toolBar, upperBar } from "./ui/bars.js";
import { brushCard } from "./ui/brush.js";
import { byId } from "./ui/dom.js";
import { openNamed } from "./ui/files.js";
import { shortcuts } from "./ui/keys.js";
import { optionsCard } from "./ui/options.js";
import { followLuma, pickerCard } from "./ui/picker.js";
import { splitHandle } from "./ui/split.js";
import { statusLine } from "./ui/status.js";
import { strokesCard } from "./ui/strokes.js";
import { Table } from "./ui/table.js";

const root = byId("stage");
const stage = new Stage(root);
const app = new App(stage);

/** @type {any} */
const tools = Object.fromEntries([drawingTool("brush"), drawingTool("eraser"), lineTool(), polygonTool(),
  pointTool(), objectTool(), selectTool(), pickTool(), panTool()].map((tool) => [tool.name, tool]));
const tool = () => tools[app.prefs.tool];
const aim = new Aim(app, root, () => app.prefs.tool);
const pointers = new Pointers(app, root, tool);

/** Views that the page draws by itself. */
const PLAIN = ["result", "grey", "photo", "film"];

/** Show the result, the grey, or another view. @param {string} name */
function look(name) {
  stage.scene.view = name;
  if (PLAIN.includes(name)) byId("hint").hidden ||= app.doc.strokes.length > 0;
  else app.live?.tell({ type: "view", name });
  app.tell("look");
}

app.on("look", () => {
  if (stage.isFitted) stage.fit();
  stage.redraw("picture", "ink", "cursor");
});

app.on("frame", ({ facts, pixels }) => {
  const data = new ImageData(pixels, facts.width, facts.height);
  if (facts.type === "preview") {
    stage.showPreview(data, app.doc.options.luma === "fit");
    const { view } = stage.scene;
    const last = app.doc.strokes[app.doc.strokes.length - 1];
    if (!facts.live && last) {
      const [x, y] = last.points[last.points.length - 1];
      app.live?.tell({ type: "suggest", x, y });
    }
    if (!facts.live && !PLAIN.includes(view)) app.live?.tell({ type: "view", name: view });
  } else if (facts.type === "view" && stage.sources) {
    const canvas = document.createElement("canvas");
    canvas.width = facts.width;
    canvas.height = facts.height;
    canvas.getContext("2d")?.putImageData(data, 0, 0);
    stage.sources.overlay = canvas;
    byId("hint").textContent = facts.text;
    byId("hint").hidden = stage.scene.view !== facts.name;
    stage.redraw("picture");
  }
});

app.on("objects", () => look("objects"));

app.on("message", (facts) => {
  if (facts.type === "final" && facts.seq === app.live?.seq && stage.sources) {
    stage.sources.tiles.forget("result");
    stage.sources.version = facts.version;
    stage.redraw("picture");
  } else if (facts.type === "place") {
    stage.scene.mark = [facts.x, facts.y];
    stage.redraw("cursor");
    app.tell("said", "a colour at the ring would tell most");
  }
});

app.on("doc", () => {
  const key = app.photo?.key;
  /** @type {HTMLImageElement[]} */
  const images = app.doc.imports.map((own) => {
    const name = `${key}/${own.key}`;
    let image = overlays.get(name);
    if (!image) {
      image = new Image();
      overlays.set(name, image);
      const shown = image;
      getBlob(`/api/${key}/import/${own.key}`).then((blob) => {
        shown.onload = () => stage.redraw("ink");
        shown.src = URL.createObjectURL(blob);
      }, () => app.tell("failed", `${own.name}: its colours cannot be shown`));
    }
    return image;
  });
  stage.scene.imports = images;
  if (PLAIN.includes(stage.scene.view)) {
    byId("hint").textContent = "Choose a colour and draw a stroke where it belongs. A few are enough.";
    byId("hint").hidden = !!(app.doc.strokes.length || app.doc.imports.length);
  }
});
/** @type {Map<string, HTMLImageElement>} */
const overlays = new Map();

app.on("photo", async (answer) => {
  document.title = `${answer.photo.name} · varcolor`;
  byId("title").textContent = answer.photo.name;
  look("result");
  if (answer.recovered) app.tell("said", "as you left it; Ctrl+Z takes it back step by step");
  history.replaceState(null, "", address(answer.photo));
  if (answer.painting || answer.frame !== undefined) return;
  const own = await kept(answer.photo.key); // the disk has nothing: perhaps the browser has
  if (own && app.photo?.key === answer.photo.key && !app.doc.strokes.length && !app.history.canUndo) {
    try {
      app.history = History.of(own.history);
      app.changed("restored");
    } catch {
      // kept by another version
    }
  }
});

/** The address that opens the same photo again. @param {import("./model/types.js").Photo} photo */
function address(photo) {
  const query = new URLSearchParams(location.search);
  if (photo.path) query.set("photo", photo.path);
  else query.delete("photo");
  return `?${query}`;
}

async function start() {
  statusLine(app);
  toolBar(app);
  const facts = await getJson("/api/start");
  const table = new Table(app, facts.folder);
  upperBar(app, table, facts.formats, look);
  byId("panel").append(pickerCard(app), brushCard(app), strokesCard(app), optionsCard(app));
  followLuma(app);
  splitHandle(app);
  const { save } = autosave(app);
  const film = facts.film ? new Film(app, look, save) : null;
  if (film) table.step = async (by) => film.step(by);
  shortcuts(app, { table, formats: facts.formats, look, pointers, aim, tool, film });
  root.addEventListener("dblclick", () => tool().begun && tool().finish(app));
  const query = new URLSearchParams(location.search);
  const wanted = query.get("photo") ?? facts.first;
  if (film && !query.get("photo")) await film.begin(Number(query.get("frame")) || 0);
  else if (wanted) await openNamed(app, wanted);
  if (!app.photo) await table.show();
}

start().catch((error) => app.tell("failed", error.message));
// For tests and the curious.
Object.assign(window, { varcolor: app });
