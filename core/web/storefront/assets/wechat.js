/* Inside WeChat: the card that friends see is the page's own. Loaded for shops with a WeChat account only; whatever
   goes wrong, the buyer's page stays as it is and the merchant reads about it. */
(() => {
  const own = document.currentScript;
  const tell = (problem) => {
    try {
      const key = `wechat:${problem}`;
      if (sessionStorage.getItem(key)) return;
      sessionStorage.setItem(key, "1");
    } catch {
      // Without a store of its own the browser tells each time; the shop counts it once.
    }
    const body = new FormData();
    body.set("problem", problem);
    fetch("/share/wechat/heard", { method: "POST", body, keepalive: true }).catch(() => {});
  };
  const said = (property) => {
    const meta = document.querySelector(`meta[property="og:${property}"]`);
    return meta ? meta.content : "";
  };
  const problemOf = (words) => {
    if (/signature/.test(words)) return "signature";
    if (/domain/.test(words)) return "domain";
    return /permission|forbidden|subscribe/.test(words) ? "permission" : "other";
  };
  // WeChat wants the link before anybody shares, so the one that says by whom and where is made now, once per page.
  const linkOf = async (address) => {
    const { pathname, search } = new URL(address, location.href);
    const body = new FormData();
    body.set("path", pathname + search);
    body.set("place", "wechat");
    try {
      const made = await fetch("/share", { method: "POST", headers: { Accept: "application/json" }, body });
      return (await made.json()).url || address;
    } catch {
      return address;
    }
  };
  const begin = async () => {
    const wx = window.wx;
    const page = encodeURIComponent(location.href.split("#")[0]);
    const answer = await fetch(`/share/wechat.json?url=${page}`);
    if (!answer.ok) return tell("unsigned");
    const link = await linkOf(said("url"));
    const jsApiList = ["updateAppMessageShareData", "updateTimelineShareData"];
    wx.ready(() => {
      const card = { title: said("title"), link, imgUrl: said("image") };
      wx.updateAppMessageShareData({ ...card, desc: said("description") || said("site_name") });
      wx.updateTimelineShareData(card);
      tell("");
    });
    wx.error((failure) => tell(problemOf(String((failure && failure.errMsg) || ""))));
    wx.config({ debug: false, ...(await answer.json()), jsApiList });
  };
  const script = document.createElement("script");
  script.src = own.dataset.script;
  script.onload = () => begin().catch(() => tell("other"));
  script.onerror = () => tell("script");
  document.head.append(script);
})();
