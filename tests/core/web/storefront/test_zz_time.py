import cProfile
import pstats
import time

from core.commerce.catalog.actions import save_collection
from core.commerce.catalog.drafts import CollectionDraft
from core.rendering import engine
from core.testing.goods import make_product, make_shipping


def test_time(visitor, stocked, parts, storefront):
    engine.configure(strict=False)
    stocked(make_shipping)
    ids = [stocked(make_product, title=f"T{n}", handle=f"t{n}", prices=[100, 200, 300]).id for n in range(24)]
    stocked(save_collection, draft=CollectionDraft(title="C", handle="c", product_ids=tuple(ids)))
    parts.frames.forget()
    for path in ("/products/t0", "/collections/c", "/"):
        c = storefront.test_client()
        h = {"Host": visitor.host}
        c.get(path, headers=h)
        t = time.process_time()
        for _ in range(60):
            c.get(path, headers=h)
        cached = (time.process_time() - t) / 60 * 1000
        t = time.process_time()
        for _ in range(40):
            parts.cache.forget()
            c.get(path, headers=h)
        print(
            path,
            "cached CPU ms",
            round(cached, 2),
            "uncached",
            round((time.process_time() - t) / 40 * 1000, 2),
        )
    pr = cProfile.Profile()
    pr.enable()
    for _ in range(40):
        c.get("/products/t0", headers=h)
    pr.disable()
    pstats.Stats(pr).sort_stats("cumtime").print_stats(28)
    assert 0
