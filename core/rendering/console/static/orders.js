/* The sheet of tracking numbers, and the scanner of the pick-up counter. */
(function () {
  "use strict";
  // Enter (which scanners send by themselves) leads to the next number instead of sending the form.
  document.addEventListener("keydown", function (event) {
    var field = event.target;
    if (event.key !== "Enter" || event.isComposing || !field.closest || !field.closest("[data-sheet]")) return;
    event.preventDefault();
    var all = Array.from(field.closest("[data-sheet]").querySelectorAll("input"));
    var next = all[all.indexOf(field) + 1] || field.form.querySelector("button.btn-primary");
    next.focus();
    if (next.select) next.select();
  });

  var button = document.querySelector("[data-scan]"), video = document.querySelector("[data-scan-video]");
  if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  button.hidden = false;
  var running = null;
  function stop() {
    if (!running) return;
    running.getTracks().forEach(function (track) { track.stop(); });
    running = null;
    video.hidden = true;
  }
  function look(detector, form) {
    if (!running) return;
    detector.detect(video).then(function (found) {
      if (!found.length) { setTimeout(look, 150, detector, form); return; }
      form.elements.code.value = found[0].rawValue;
      stop();
      form.requestSubmit();
    }, function () { setTimeout(look, 400, detector, form); });
  }
  button.addEventListener("click", function () {
    if (running) { stop(); return; }
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(function (stream) {
      running = stream;
      video.srcObject = stream;
      video.hidden = false;
      video.play();
      look(new window.BarcodeDetector({ formats: ["qr_code", "code_128"] }), button.form);
    }, function () { button.hidden = true; });
  });
  window.addEventListener("pagehide", stop);
})();
