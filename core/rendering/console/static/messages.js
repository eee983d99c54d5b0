// Puts a variable where the cursor stands in the words of a message.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const form = document.getElementById("words");
  const field = form.contains(window.ppWordsField) ? window.ppWordsField : form.querySelector("textarea");
  field.focus();
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener("focusin", (event) => {
  if (event.target.closest("#words") && event.target.matches("textarea, input[type=text], input:not([type])")) window.ppWordsField = event.target;
});
