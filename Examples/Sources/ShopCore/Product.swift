/// Something the shop sells.
public struct Product: Hashable, Sendable, Codable {
    public let id: String
    public let name: String
    public let price: Cents

    public init(id: String, name: String, price: Cents) {
        self.id = id
        self.name = name
        self.price = price
    }
}

extension Product {
    /// What a new database is filled with.
    public static let assortment = [
        Product(id: "tea", name: "Green tea, 100 g", price: Cents(450)),
        Product(id: "coffee", name: "Coffee beans, 250 g", price: Cents(890)),
        Product(id: "honey", name: "Lime honey", price: Cents(675)),
        Product(id: "rye", name: "Rye bread", price: Cents(395)),
        Product(id: "butter", name: "Salted butter", price: Cents(285)),
        Product(id: "salt", name: "Sea salt", price: Cents(199)),
        Product(id: "oil", name: "Olive oil, 0.5 l", price: Cents(1_149)),
        Product(id: "apples", name: "Apples, 1 kg", price: Cents(329)),
        Product(id: "cheese", name: "Mountain cheese", price: Cents(1_020)),
        Product(id: "soap", name: "Olive soap", price: Cents(349)),
        Product(id: "candle", name: "Beeswax candle", price: Cents(760)),
        Product(id: "basket", name: "Willow basket", price: Cents(2_499)),
    ]
}
