' Fills the catalogue of a new shop. INSERT changes no row that exists, so a second conversation at the same time does no harm.
IF UBOUND(FIND("products")) > 0 THEN RETURN
INSERT "products", #{id: "sencha", name: "Sencha, 100 g", category: "tea", price: 8.9, stock: 12}
INSERT "products", #{id: "assam", name: "Assam, 100 g", category: "tea", price: 6.5, stock: 20}
INSERT "products", #{id: "mint", name: "Mint, 50 g", category: "tea", price: 3.95, stock: 3}
INSERT "products", #{id: "pot", name: "Cast-iron pot", category: "pots and cups", price: 34, stock: 2}
INSERT "products", #{id: "cup", name: "Cup without a handle", category: "pots and cups", price: 7.2, stock: 30}
