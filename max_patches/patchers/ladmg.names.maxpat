{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 5,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			60.0,
			90.0,
			240,
			156
		],
		"openinpresentation": 1,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"editing_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"locked_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						44,
						40,
						120,
						18
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "preset_save",
					"presentation": 1,
					"presentation_rect": [
						14,
						13,
						78,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "textedit",
					"numinlets": 1,
					"numoutlets": 4,
					"patching_rect": [
						30,
						58,
						150,
						22
					],
					"outlettype": [
						"",
						"int",
						"",
						""
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"border": 1.0,
					"rounded": 4.0,
					"lines": 1,
					"keymode": 1,
					"outputmode": 1,
					"wordwrap": 0,
					"hint": "/ladmg/preset_save: Keeps all values under a name.",
					"annotation": "/ladmg/preset_save: Keeps all values under a name.",
					"text": "",
					"presentation": 1,
					"presentation_rect": [
						92,
						11,
						134,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						30,
						92,
						195.0,
						22
					],
					"text": "ladmg.named /ladmg/preset_save"
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						268,
						40,
						120,
						18
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "preset_recall",
					"presentation": 1,
					"presentation_rect": [
						14,
						45,
						78,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "textedit",
					"numinlets": 1,
					"numoutlets": 4,
					"patching_rect": [
						254,
						58,
						150,
						22
					],
					"outlettype": [
						"",
						"int",
						"",
						""
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"border": 1.0,
					"rounded": 4.0,
					"lines": 1,
					"keymode": 1,
					"outputmode": 1,
					"wordwrap": 0,
					"hint": "/ladmg/preset_recall: Brings back what is kept under a name.",
					"annotation": "/ladmg/preset_recall: Brings back what is kept under a name.",
					"text": "",
					"presentation": 1,
					"presentation_rect": [
						92,
						43,
						134,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						254,
						92,
						198.0,
						22
					],
					"text": "ladmg.named /ladmg/preset_recall"
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-2",
						0
					],
					"destination": [
						"obj-3",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-5",
						0
					],
					"destination": [
						"obj-6",
						0
					]
				}
			}
		]
	}
}
