"use strict";
const video = document.getElementById("video");
const shown = document.getElementById("shown");
const rungs = document.getElementById("rungs");
const written = level => `${level.width} × ${level.height}, ${Math.round(level.bitrate / 1000)} kbit/s`;
const tellTrouble = text => {
  const trouble = document.getElementById("trouble");
  trouble.textContent = text;
  trouble.hidden = false;
};

const hls = new Hls({ enableWorker: false, capLevelToPlayerSize: false });
const asked = new URLSearchParams(location.search).get("rung");  // ?rung=240p plays that rung from the first picture on
hls.on(Hls.Events.MANIFEST_PARSED, () => {
  const choices = [["auto", -1], ...hls.levels.map((level, index) => [`${Math.min(level.width, level.height)}p`, index])];
  const [, first] = choices.find(([name]) => name === asked) ?? choices[0];
  if (first >= 0) hls.loadLevel = first;
  for (const [name, index] of choices) {
    const button = Object.assign(document.createElement("button"), { textContent: name, type: "button" });
    button.setAttribute("aria-pressed", index === first);
    button.addEventListener("click", () => {
      hls.currentLevel = index;
      for (const other of rungs.children) other.setAttribute("aria-pressed", other === button);
    });
    rungs.append(button);
  }
});
hls.on(Hls.Events.ERROR, (_, { fatal, details }) => { if (fatal) tellTrouble(`The player gave up: ${details}`); });
hls.loadSource(video.dataset.master);
hls.attachMedia(video);
window.academyPlayer = hls;

setInterval(() => {
  const level = hls.levels.find(({ width, height }) => width === video.videoWidth && height === video.videoHeight);
  shown.textContent = level ? written(level) : "–";
  const { buffered, currentTime } = video;
  const last = buffered.length ? buffered.end(buffered.length - 1) : currentTime;
  document.getElementById("ahead").textContent = `${Math.max(0, last - currentTime).toFixed(1)} s`;
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  document.getElementById("pictures").textContent = `${totalVideoFrames} decoded, ${droppedVideoFrames} dropped`;
}, 500);

const secondsOf = stamp => stamp.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
const tileOf = (start, address) => {
  const [picture, place] = address.split("#xywh=");
  const [x, y, width, height] = place.split(",").map(Number);
  const tile = Object.assign(document.createElement("button"), { type: "button", title: `go to ${start}` });
  const url = new URL(picture, new URL(storyboard.dataset.storyboard, location.href));
  Object.assign(tile.style, { backgroundImage: `url("${url}")`, backgroundPosition: `-${x}px -${y}px`, width: `${width}px`, height: `${height}px` });
  tile.append(Object.assign(document.createElement("span"), { textContent: start.replace(/\.\d+$/, "") }));
  tile.addEventListener("click", () => { video.currentTime = secondsOf(start); });
  return tile;
};
const storyboard = document.getElementById("storyboard");
if (storyboard) {
  fetch(storyboard.dataset.storyboard).then(answer => answer.text()).then(text => {
    const cues = text.matchAll(/^(\S+) --> \S+.*\n(\S+#xywh=\S+)/gm);
    storyboard.append(...[...cues].map(([, start, address]) => tileOf(start, address)));
  });
}
