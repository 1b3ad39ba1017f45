package text

// matters are words with which people write to support about what they came for, in the
// languages that have ones of their own (Login, App and Account travel and are in none).
// They count as frequent words where a language is looked for, and let two or three words
// show it: "Passwort vergessen", "Gdzie moja paczka?".
var matters = map[string]string{
	"en": "invoice refund parcel delivery cancel ordered shipping payment settings delete change subscription warranty broken lost receipt charged",
	"de": "freundlichen grüßen grüße passwort rechnung bestellung bestellt paket sendung lieferung rückerstattung erstattung zurückgeben kündigen stornieren zurücksetzen ändern löschen anmelden anmeldung einstellungen zahlung kundennummer gewährleistung kaputt defekt erhalten konto umtauschen abbestellen rechnungsadresse versand",
	"es": "saludos cordiales atentamente contraseña factura pedido paquete envío entrega reembolso devolver devolución cancelar cambiar restablecer borrar suscripción dirección pago cobrado garantía cuenta perdido olvidé roto recibo compra ajustes",
	"fr": "cordialement salutations facture commande colis livraison remboursement rembourser annuler changer réinitialiser supprimer abonnement adresse paiement garantie compte perdu cassé retour échange reçue reçu mot passe paramètres",
	"it": "cordiali saluti distinti fattura ordine pacco spedizione consegna rimborso restituire annullare cambiare reimpostare cancellare abbonamento indirizzo pagamento garanzia perso perduto rotto reso ricevuta impostazioni disdire",
	"pt": "atenciosamente cumprimentos senha fatura fatura pedido encomenda pacote entrega reembolso devolver devolução cancelar alterar trocar redefinir apagar excluir assinatura endereço pagamento garantia conta perdi quebrado recibo configurações palavra-passe",
	"nl": "vriendelijke groet groeten wachtwoord factuur bestelling besteld pakket pakketje levering verzending terugbetaling retourneren annuleren opzeggen wijzigen resetten verwijderen abonnement adres betaling garantie kapot verloren instellingen bezorging inloggen",
	"sv": "vänliga hälsningar lösenord lösenordet faktura fakturan beställning paket paketet leverans återbetalning returnera avboka avbryta ändra återställa återställer ta bort prenumeration adress betalning garanti trasig avbokar säga upp inställningar logga beställt",
	"da": "adgangskode faktura fakturaen bestilling pakke pakken levering tilbagebetaling returnere annullere annullerer opsige ændre ændrer nulstille nulstiller slette abonnement betaling garanti ødelagt indstillinger bestilt kodeord",
	"no": "passord passordet faktura fakturaen bestilling pakke pakken levering tilbakebetaling refusjon returnere avbestille avbestiller kansellere endre endrer tilbakestille tilbakestiller slette abonnement betaling garanti ødelagt innstillinger bestilt",
	"fi": "terveisin ystävällisin salasana salasanan salasanani lasku laskun laskuni tilaus tilauksen tilaukseni paketti pakettini toimitus toimitusta palautus palauttaa peruuttaa perua vaihtaa muuttaa nollata poistaa osoite maksu takuu rikki unohdin missä asetukset hyvitys",
	"pl": "pozdrawiam poważaniem hasło hasła faktura fakturę faktury zamówienie zamówienia paczka paczkę paczki przesyłka przesyłki dostawa zwrot zwrócić anulować zmienić zresetować usunąć subskrypcję adres płatność gwarancja zepsuty konto konta zgubiłem gdzie ustawienia reklamacja",
	"cs": "pozdravem heslo hesla faktura fakturu objednávka objednávku objednávky balík balíček zásilka zásilku dodání vrácení vrátit zrušit změnit obnovit smazat předplatné adresu platba záruka rozbitý zapomněl zapomněla nastavení reklamace",
	"sk": "heslo hesla faktúra faktúru objednávka objednávku balík balíček zásielka zásielku dodanie vrátenie vrátiť zrušiť zmeniť obnoviť vymazať predplatné adresu platba záruka pokazený zabudol zabudla nastavenia reklamácia",
	"hu": "üdvözlettel tisztelettel jelszó jelszavam jelszót számla számlát számlám rendelés rendelésem rendelést csomag csomagom csomagot szállítás visszatérítés visszaküldeni lemondani törölni módosítani megváltoztatni visszaállítani előfizetés cím fizetés garancia elfelejtettem fiókom",
	"ro": "stimă parola parolă parolei factura factură comandă comanda coletul colet livrare livrarea rambursare returnez returna anulez anula schimb schimba resetez reseta șterg abonament adresa plată garanție stricat uitat contul",
	"tr": "saygılarımla şifre şifremi şifrem fatura faturam faturamı sipariş siparişim kargo kargom kargo paket teslimat iade iptal değiştirmek sıfırlamak silmek abonelik adres ödeme garanti bozuk unuttum hesabım hesabımı parola",
	"hr": "lozinka lozinku račun računa narudžba narudžbu paket paketa dostava povrat vratiti otkazati promijeniti poništiti izbrisati pretplatu adresu plaćanje jamstvo pokvaren zaboravio zaboravila postavke",
	"sl": "geslo gesla račun naročilo naročila paket dostava vračilo vrniti preklicati spremeniti ponastaviti izbrisati naročnino naslov plačilo garancija pokvarjen pozabil pozabila nastavitve",
	"id": "sandi kata faktur tagihan pesanan paket pengiriman pengembalian mengembalikan membatalkan mengubah mengganti menghapus langganan alamat pembayaran garansi rusak barang uang pengaturan akun",
	"vi": "mật khẩu hóa đơn đơn hàng gói giao hoàn tiền trả hủy đổi đặt lại xóa địa chỉ thanh toán bảo hành hỏng quên tài khoản",
	"ca": "contrasenya factura comanda paquet enviament lliurament reemborsament retornar cancel·lar canviar restablir esborrar subscripció adreça pagament garantia compte",
	"et": "parool parooli arve tellimus tellimuse pakk pakki tarne tagasimakse tagastada tühistada muuta lähtestada kustutada aadress makse garantii katki unustasin konto",
	"lt": "slaptažodis slaptažodį sąskaita sąskaitą užsakymas užsakymą siunta siuntinys siuntą pristatymas grąžinti grąžinimas atšaukti pakeisti ištrinti adresą mokėjimas garantija sugedo pamiršau paskyra",
	"lv": "parole paroli rēķins rēķinu pasūtījums pasūtījumu sūtījums paka piegāde atmaksa atgriezt atcelt mainīt dzēst adresi maksājums garantija bojāts aizmirsu konts",
	"ru": "пароль пароля счёт счет заказ заказа посылка посылку доставка доставки возврат вернуть отменить изменить сбросить удалить подписку адрес оплата гарантия сломан забыл забыла настройки аккаунт",
	"uk": "пароль пароля рахунок замовлення посилка посилку доставка повернення повернути скасувати змінити скинути видалити підписку адресу оплата гарантія зламаний забув забула налаштування",
	"bg": "парола паролата фактура поръчка поръчката пратка пратката доставка връщане върна отменя променя нулирам изтрия абонамент адрес плащане гаранция счупен забравих настройки",
}
